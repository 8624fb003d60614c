import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { client, unwrap } from './client'
import type { WebhookChange } from './types'

const key = ['webhooks']

export const useWebhooks = () => useQuery({ queryKey: key, queryFn: () => unwrap(client.GET('/webhooks')) })

/** A change of a webhook; the list is read anew after it. */
function useChange<In, Out>(mutationFn: (given: In) => Promise<Out>) {
  const queries = useQueryClient()
  return useMutation({ mutationFn, onSettled: () => queries.invalidateQueries({ queryKey: key }) })
}

/** Without an id a new one, whose secret is in the answer. */
export const useSaveWebhook = () =>
  useChange(async ({ id, ...body }: WebhookChange & { id?: string }) => {
    if (!id) return (await unwrap(client.POST('/webhooks', { body }))).secret
    await unwrap(client.PUT('/webhooks/{id}', { params: { path: { id } }, body }))
    return undefined
  })

export const useRenewWebhook = () =>
  useChange(async (id: string) => (await unwrap(client.POST('/webhooks/{id}/secret', { params: { path: { id } } }))).secret)

export const useRemoveWebhook = () => useChange((id: string) => unwrap(client.DELETE('/webhooks/{id}', { params: { path: { id } } })))

export const usePingWebhook = () => useChange((id: string) => unwrap(client.POST('/webhooks/{id}/ping', { params: { path: { id } } })))
