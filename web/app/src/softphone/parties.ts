/**
 * Who hears whom, as a desk sees it. The server decides (callcenter/hearing.go);
 * this only puts its words side by side, so that one look tells.
 */
import type { Consult, DeskCall, SuperviseMode } from './protocol'

export type Party =
  | { who: 'me' | 'caller' }
  | { who: 'agent'; name: string }
  | { who: 'second'; consult: Consult }

export interface Parties {
  /** Hear each other; nobody, or at least two. */
  talk: Party[]
  /** Hear music. */
  wait: Party[]
  /** Is called just now, or its page is lost. */
  called?: Party
  /** Whose call it is, while his page is lost and the others go on. */
  lost?: Party
  /** Listens (monitor), is heard by the agent alone (whisper) or by all (barge). */
  supervisor?: { name: string; mode: SuperviseMode; me: boolean }
}

export function parties(call: DeskCall): Parties {
  const { consult, role } = call
  const agent: Party = role === 'agent' ? { who: 'me' } : { who: 'agent', name: call.agent ?? '' }
  const second: Party | undefined = role === 'consulted' ? { who: 'me' } : consult && { who: 'second', consult }
  const caller: Party = { who: 'caller' }
  const joined = second && consult?.phase === 'joined'
  const there = joined && !consult.away
  const all: Parties = { talk: [], wait: [], called: second && !there ? second : undefined }
  if (call.supervisor) all.supervisor = { ...call.supervisor, me: role === 'supervisor' }
  switch (call.state) {
    case 'talking':
      all.talk = [caller, agent]
      break
    case 'consulting':
      if (there) all.talk = [agent, second]
      all.wait = [caller]
      break
    case 'swapped':
      all.talk = [caller, agent]
      if (there) all.wait = [second]
      break
    case 'conference':
      all.talk = [caller, ...(call.agentAway ? [] : [agent]), ...(there ? [second] : [])]
      if (call.agentAway) all.lost = agent
      if (all.talk.length < 2) [all.wait, all.talk] = [all.talk, []]
      break
    case 'held':
    case 'agentLost':
      all.wait = there ? [caller, second] : [caller]
      break
    default: // before anybody talks, or after
  }
  return all
}
