import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { client, unwrap } from './client'
import type { operations } from './schema.gen'

export type EmergencyBody = operations['declareEmergency']['requestBody']['content']['application/json']

const key = ['emergency']

/** The emergency that is (Art. 39), if one is; told of by live events. */
export const useEmergency = () =>
  useQuery({
    queryKey: key,
    staleTime: 60_000,
    queryFn: async () => (await unwrap(client.GET('/routing/emergency'))).emergency ?? null,
  })

function useChange<In>(mutationFn: (given: In) => Promise<unknown>) {
  const queries = useQueryClient()
  return useMutation({ mutationFn, onSettled: () => queries.invalidateQueries({ queryKey: key }) })
}

export const useDeclareEmergency = () => useChange((body: EmergencyBody) => unwrap(client.PUT('/routing/emergency', { body })))

export const useEndEmergency = () => useChange((_: undefined) => unwrap(client.DELETE('/routing/emergency')))
