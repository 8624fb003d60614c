import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { client, unwrap } from './client'
import type { CallList, CallListKind, CallResult } from './types'

const lists = ['callLists']
const doNotCall = ['doNotCall']

/** How far lists are moves as others call: it is read again every so often (ms). */
const refresh = 10_000

export const useCallLists = () =>
  useQuery({ queryKey: lists, refetchInterval: refresh, queryFn: async () => (await unwrap(client.GET('/call-lists'))).items })

export function useAddCallList() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: { name: string; kind: CallListKind }) => unwrap(client.POST('/call-lists', { body })),
    onSettled: () => queries.invalidateQueries({ queryKey: lists }),
  })
}

export function useSaveCallList() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, name, plan, state }: Pick<CallList, 'id' | 'name' | 'plan' | 'state'>) =>
      unwrap(client.PUT('/call-lists/{id}', { params: { path: { id } }, body: { name, plan, state } })),
    onSettled: () => queries.invalidateQueries({ queryKey: lists }),
  })
}

export function useLoadEntries() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, csv }: { id: string; csv: string }) => unwrap(client.POST('/call-lists/{id}/entries', { params: { path: { id } }, body: { csv } })),
    onSettled: () => queries.invalidateQueries({ queryKey: lists }),
  })
}

export const useEntries = (id: string) =>
  useInfiniteQuery({
    queryKey: ['callEntries', id],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => unwrap(client.GET('/call-lists/{id}/entries', { params: { path: { id }, query: { after: pageParam } } })),
    getNextPageParam: (page) => page.next,
  })

const entryKey = (id: string | undefined) => ['callEntry', id]

/** Somebody whom one calls; while the call has no result it is asked for again. */
export const useEntry = (id: string | undefined) =>
  useQuery({
    queryKey: entryKey(id),
    enabled: id !== undefined,
    refetchInterval: (query) => (query.state.data?.dialled ? 3000 : false),
    queryFn: () => unwrap(client.GET('/call-entries/{id}', { params: { path: { id: id! } } })),
  })

/** Takes the next one, whose reading is logged. */
export function useNextEntry() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async (list: string | undefined) => (await unwrap(client.POST('/call-entries/next', { body: { list } }))).entry,
    onSuccess: (entry) => entry && queries.setQueryData(entryKey(entry.id), entry),
  })
}

export const useGiveBack = () => useMutation({ mutationFn: (id: string) => unwrap(client.POST('/call-entries/{id}/release', { params: { path: { id } } })) })

export interface Outcome {
  id: string
  result: Exclude<CallResult, 'unreachable'>
  note?: string
  again?: string
  doNotCall?: boolean
}

export function useSetResult() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, ...body }: Outcome) => unwrap(client.POST('/call-entries/{id}/result', { params: { path: { id } }, body })),
    onSuccess: (entry) => queries.setQueryData(entryKey(entry.id), entry),
    onSettled: () => queries.invalidateQueries({ queryKey: lists }),
  })
}

/** Reads a call's entry again, as after dialling. */
export function useRereadEntry() {
  const queries = useQueryClient()
  return (id: string) => queries.invalidateQueries({ queryKey: entryKey(id) })
}

export const useDoNotCalls = () =>
  useInfiniteQuery({
    queryKey: doNotCall,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => unwrap(client.GET('/do-not-call', { params: { query: { after: pageParam } } })),
    getNextPageParam: (page) => page.next,
  })

export function useAddDoNotCall() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: { number: string; text: boolean; until: string }) => unwrap(client.POST('/do-not-call', { body: { ...body, reason: 'asked' } })),
    onSettled: () => queries.invalidateQueries({ queryKey: doNotCall }),
  })
}

export function useEndDoNotCall() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => unwrap(client.POST('/do-not-call/{id}/end', { params: { path: { id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: doNotCall }),
  })
}

/** The requester of a ticket is not called by lists any more, for a year. */
export const useTicketDoNotCall = () =>
  useMutation({ mutationFn: (number: string) => unwrap(client.POST('/tickets/{number}/do-not-call', { params: { path: { number } }, body: { reason: 'asked' } })) })
