import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { client, unwrap } from './client'
import type { CallbackState } from './types'

/** What is known of the caller of a call; each reading is logged, so it is read once per call. */
export const usePop = (call: string | undefined) =>
  useQuery({
    queryKey: ['pop', call],
    enabled: call !== undefined,
    staleTime: 10 * 60_000,
    queryFn: () => unwrap(client.GET('/calls/{call}/pop', { params: { path: { call: call! } } })),
  })

export interface CallFilter {
  number?: string
  from?: string
  to?: string
}

export const useCalls = (filter: CallFilter) =>
  useInfiniteQuery({
    queryKey: ['calls', filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => unwrap(client.GET('/calls', { params: { query: { ...filter, after: pageParam, limit: 50 } } })),
    getNextPageParam: (page) => page.next,
  })

export const useCall = (call: string) =>
  useQuery({ queryKey: ['call', call], queryFn: () => unwrap(client.GET('/calls/{call}', { params: { path: { call } } })) })

/** Keeps the recordings of a call for a reason; another reason takes the place of the one before. */
export function usePlaceHold(call: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (reason: string) => unwrap(client.PUT('/calls/{call}/hold', { params: { path: { call } }, body: { reason } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['call', call] }),
  })
}

export function useLiftHold(call: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => unwrap(client.DELETE('/calls/{call}/hold', { params: { path: { call } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['call', call] }),
  })
}

export const usePeaks = (call: string, segment: number) =>
  useQuery({
    queryKey: ['peaks', call, segment],
    staleTime: Infinity,
    queryFn: () => unwrap(client.GET('/calls/{call}/recordings/{segment}/peaks', { params: { path: { call, segment } } })),
  })

export const useCallbacks = (state: CallbackState) =>
  useInfiniteQuery({
    queryKey: ['callbacks', state],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => unwrap(client.GET('/callbacks', { params: { query: { state, after: pageParam, limit: 50 } } })),
    getNextPageParam: (page) => page.next,
  })

export function useClaimCallback() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => unwrap(client.POST('/callbacks/{id}/claim', { params: { path: { id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['callbacks'] }),
  })
}

export function useCloseCallback() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, note }: { id: string; note: string }) =>
      unwrap(client.POST('/callbacks/{id}/close', { params: { path: { id } }, body: { note } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['callbacks'] }),
  })
}
