import { useQuery } from '@tanstack/react-query'
import { client, unwrap } from './client'

/** How the lines of the node that answers fare, read every 5 s. */
export const useTrunks = () => useQuery({ queryKey: ['trunks'], staleTime: 0, refetchInterval: 5000, queryFn: () => unwrap(client.GET('/trunks')) })
