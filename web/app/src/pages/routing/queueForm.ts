import type { Exit, RoutingQueue, SkillLevel } from '../../api/types'

type Hours = NonNullable<RoutingQueue['hours']>
export type Span = NonNullable<Hours['workday']>[number]
export type Strategy = RoutingQueue['strategy']
export type CallbackMode = NonNullable<RoutingQueue['callback']>['mode']

export const strategies: Strategy[] = ['longest-idle', 'least-talk', 'round-robin', 'top-down']
export const callbackModes: CallbackMode[] = ['list', 'agent-first', 'caller-first']
export const exitKinds: Exit['kind'][] = ['queue', 'outside', 'callback']
export const dayKinds = ['workday', 'weekend', 'holiday'] as const
export const callerLanguages = ['zh', 'ug', 'kk'] as const

type Target = NonNullable<RoutingQueue['targets']>[number]

/** A queue as the form has it: nothing is left out, and whether it is open always stands by itself. */
export interface QueueValues extends Omit<RoutingQueue, 'hours' | 'closed' | 'targets' | 'callback' | 'languageWait'> {
  always: boolean
  hours: Required<Hours>
  closed: { say: string; exit: Exit }
  targets: Target[]
  callback: { mode: CallbackMode; again: number[] }
  languageWait: number
}

/** What a queue is that somebody begins to make: 7×24, a callback for who cannot wait. */
export const newQueue: RoutingQueue = {
  id: '', name: '', skills: [], priority: 0, maxWait: 600, languages: [], topics: [], strategy: 'longest-idle', lastAgent: 0, rings: [],
}

const officeHours: Span[] = [{ from: '09:30', to: '19:30' }]

export function queueValues(queue: RoutingQueue | undefined): QueueValues {
  const q = queue ?? newQueue
  const { hours, closed, callback } = q
  return {
    ...q,
    always: !hours,
    hours: hours ? { workday: hours.workday ?? [], weekend: hours.weekend ?? [], holiday: hours.holiday ?? [] } : { workday: officeHours, weekend: [], holiday: [] },
    closed: { say: closed?.say ?? '', exit: closed?.exit ?? { kind: 'callback' } },
    targets: q.targets ?? [],
    callback: { mode: callback?.mode ?? 'list', again: callback?.again ?? [] },
    languageWait: q.languageWait ?? 0,
  }
}

export function queueBody({ always, hours, ...values }: QueueValues): RoutingQueue {
  return {
    ...values,
    topics: values.topics.map((one) => one.trim()).filter(Boolean),
    hours: always ? null : hours,
    closed: { say: values.closed.say, exit: exitBody(values.closed.exit) },
    targets: values.targets.map((one) => ({ ...exitBody(one), after: one.after ?? 0, ratio: one.ratio ?? 0 })),
  }
}

/** A callback leads nowhere, and only a number rings. */
function exitBody({ kind, id, timeout }: Exit): Exit {
  return { kind, id: kind === 'callback' ? '' : (id ?? '').trim(), timeout: kind === 'outside' ? (timeout ?? 0) : 0 }
}

/** "general 2, business 5" with the names of the catalogue. */
export function skillText(skills: SkillLevel[], names: Map<string, string>): string {
  return skills.map((one) => `${names.get(one.name) ?? one.name} ${one.level}`).join(', ')
}
