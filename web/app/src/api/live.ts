import { useQuery } from '@tanstack/react-query'
import { client, unwrap } from './client'
import { liveKey, useConnected } from './events'

/** The server pushes a picture every 10 s at least; one older than this (ms) is not live. */
const staleAfter = 15_000

/** The supervisor's picture: read once, then pushed. `skew` is the server's clock minus ours, ms; `freshUntil` in our clock. */
export function useLive() {
  const connected = useConnected()
  const query = useQuery({
    queryKey: liveKey,
    staleTime: Infinity,
    refetchInterval: connected ? staleAfter : 5000,
    queryFn: () => unwrap(client.GET('/live')),
  })
  const view = query.data
  const skew = view ? Date.parse(view.at) - query.dataUpdatedAt : 0
  return { view, skew, connected, freshUntil: query.dataUpdatedAt + staleAfter, error: query.error }
}
