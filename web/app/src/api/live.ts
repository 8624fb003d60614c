import { useQuery } from '@tanstack/react-query'
import { client, unwrap } from './client'
import { liveKey, useConnected } from './events'

/** The supervisor's picture: read once, then pushed. `skew` is the server's clock minus ours, ms. */
export function useLive() {
  const connected = useConnected()
  const query = useQuery({
    queryKey: liveKey,
    staleTime: Infinity,
    refetchInterval: connected ? false : 5000,
    queryFn: () => unwrap(client.GET('/live')),
  })
  const view = query.data
  const skew = view ? Date.parse(view.at) - query.dataUpdatedAt : 0
  return { view, skew, connected, error: query.error }
}
