import { expect, it } from 'vitest'
import { parties } from './parties'
import type { Consult, DeskCall } from './protocol'

const joined: Consult = { kind: 'agent', name: 'B', phase: 'joined' }
const call = (over: Partial<DeskCall>): DeskCall => ({
  call: 'c1', kind: 'inbound', state: 'talking', number: '138****1000', queue: 'main', startedAt: '2026-11-25T08:00:05Z', muted: false,
  recording: true, role: 'agent', ...over,
})
const of = (over: Partial<DeskCall>) => {
  const { talk, wait, called } = parties(call(over))
  const short = (list: { who: string }[]) => list.map((one) => one.who).join(' ')
  return [short(talk), short(wait), called?.who ?? ''].join(' | ')
}

it.each<[Partial<DeskCall>, string]>([
  [{}, 'caller me |  | '],
  [{ state: 'held' }, ' | caller | '],
  [{ state: 'consulting', consult: { ...joined, phase: 'offered' } }, ' | caller | second'],
  [{ state: 'consulting', consult: joined }, 'me second | caller | '],
  [{ state: 'consulting', consult: { ...joined, away: true } }, ' | caller | second'],
  [{ state: 'swapped', consult: joined }, 'caller me | second | '],
  [{ state: 'conference', consult: joined }, 'caller me second |  | '],
  [{ state: 'conference', consult: joined, agentAway: true, role: 'consulted', agent: 'A' }, 'caller me |  | '],
  [{ state: 'conference', consult: { ...joined, away: true }, agentAway: true, role: 'supervisor', agent: 'A' }, ' | caller | second'],
  [{ state: 'agentLost', consult: joined }, ' | caller second | '],
  [{ state: 'consulting', consult: joined, role: 'consulted', agent: 'A' }, 'agent me | caller | '],
  [{ state: 'swapped', consult: joined, role: 'consulted', agent: 'A' }, 'caller agent | me | '],
  [{ state: 'consulting', consult: joined, role: 'supervisor', agent: 'A' }, 'agent second | caller | '],
  [{ state: 'dialing' }, ' |  | '],
])('%o: %s', (over, want) => expect(of(over)).toBe(want))

it('says who listens, and whether it is this desk', () => {
  const supervisor = { name: 'S', mode: 'whisper' } as const
  expect(parties(call({ supervisor })).supervisor).toEqual({ ...supervisor, me: false })
  expect(parties(call({ supervisor, role: 'supervisor', agent: 'A' })).supervisor).toEqual({ ...supervisor, me: true })
})
