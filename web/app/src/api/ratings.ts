import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { client, unwrap } from './client'

export type RatingState = 'open' | 'closed'

export const useBadRatings = (state: RatingState) =>
  useInfiniteQuery({
    queryKey: ['badRatings', state],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => unwrap(client.GET('/bad-ratings', { params: { query: { state, after: pageParam } } })),
    getNextPageParam: (page) => page.next,
  })

export function useCloseBadRating() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ call, note }: { call: string; note: string }) =>
      unwrap(client.POST('/bad-ratings/{call}/close', { params: { path: { call } }, body: { note } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['badRatings'] }),
  })
}
