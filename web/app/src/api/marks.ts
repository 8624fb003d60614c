import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { client, unwrap } from './client'
import type { operations } from './schema.gen'
import type { MarkState } from './types'

export type NewMark = operations['addMark']['requestBody']['content']['application/json']
export type CallMark = operations['markCall']['requestBody']['content']['application/json']
export type Approval = operations['approveMark']['requestBody']['content']['application/json']

const key = ['marks']

/** Marks of numbers in a state, newest first. */
export const useMarks = (state: MarkState) =>
  useInfiniteQuery({
    queryKey: [...key, state],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => unwrap(client.GET('/routing/marks', { params: { query: { state, after: pageParam } } })),
    getNextPageParam: (page) => page.next,
  })

/** A change of a mark; the lists are read anew after it. */
function useChange<In, Out>(mutationFn: (given: In) => Promise<Out>) {
  const queries = useQueryClient()
  return useMutation({ mutationFn, onSettled: () => queries.invalidateQueries({ queryKey: key }) })
}

export const useAddMark = () => useChange((body: NewMark) => unwrap(client.POST('/routing/marks', { body })))

export const useApproveMark = () =>
  useChange(({ id, ...body }: Approval & { id: string }) => unwrap(client.POST('/routing/marks/{id}/approve', { params: { path: { id } }, body })))

export const useEndMark = () => useChange((id: string) => unwrap(client.POST('/routing/marks/{id}/end', { params: { path: { id } } })))

/** An agent's, of who is on the line with him, or was. */
export const useMarkCall = () =>
  useChange(({ call, ...body }: CallMark & { call: string }) => unwrap(client.POST('/calls/{call}/mark', { params: { path: { call } }, body })))
