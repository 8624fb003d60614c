import { useMutation } from '@tanstack/react-query'
import { client, unwrap } from './client'
import type { components, operations } from './schema.gen'

export type SuperviseMode = components['schemas']['SuperviseMode']
export type ForcedStatus = operations['setAgentStatus']['requestBody']['content']['application/json']['status']

/** What a supervisor does in somebody's call, or to an agent. */
export type SuperviseAct =
  | { do: SuperviseMode | 'leave' | 'takeOver' | 'requeue' | 'end'; call: string }
  | { do: 'status'; agent: string; status: ForcedStatus }

/** Each act is logged; what comes of it is pushed (live picture, own desk). */
export const useSupervision = () => useMutation({ mutationFn: (act: SuperviseAct) => unwrap<unknown>(ask(act)) })

export type Supervision = ReturnType<typeof useSupervision>

function ask(act: SuperviseAct) {
  if (act.do === 'status') return client.PUT('/agents/{agent}/status', { params: { path: { agent: act.agent } }, body: { status: act.status } })
  const params = { path: { call: act.call } }
  switch (act.do) {
    case 'leave':
      return client.DELETE('/calls/{call}/supervision', { params })
    case 'takeOver':
      return client.POST('/calls/{call}/take-over', { params })
    case 'requeue':
    case 'end':
      return client.POST('/calls/{call}/release', { params, body: { requeue: act.do === 'requeue' } })
    default:
      return client.POST('/calls/{call}/supervision', { params, body: { mode: act.do } })
  }
}
