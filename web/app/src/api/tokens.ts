import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { client, unwrap } from './client'

const key = ['apiTokens']

export const useTokens = () => useQuery({ queryKey: key, queryFn: async () => (await unwrap(client.GET('/api-tokens'))).items })

/** The answer has the secret, which is told once. */
export function useAddToken() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async (body: { name: string; until: string }) => (await unwrap(client.POST('/api-tokens', { body }))).secret,
    onSettled: () => queries.invalidateQueries({ queryKey: key }),
  })
}

export function useRevokeToken() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => unwrap(client.DELETE('/api-tokens/{id}', { params: { path: { id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: key }),
  })
}
