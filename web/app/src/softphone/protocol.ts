/**
 * The messages of the softphone's socket, GET /api/v1/softphone.
 *
 * The server owns every state: it pushes the whole desk on each change, so a
 * page that connects again needs nothing else. Times are RFC 3339 in UTC.
 */

export type AgentStatus = 'available' | 'break'
export type AgentState = 'idle' | 'reserved' | 'ringing' | 'talking' | 'held' | 'wrapUp' | 'monitoring'
export type CallKind = 'inbound' | 'outbound' | 'result'
export type CallState =
  | 'greeting' | 'queued' | 'offered' | 'talking' | 'held' | 'agentLost' | 'dialing' | 'consulting' | 'swapped' | 'conference' | 'goodbye'
  | 'telling' | 'askSolved' | 'askSatisfied' | 'ended' | ''

/** A ringing call; number is already masked as the agent's role demands. */
export interface Offer {
  id: string
  call: string
  number: string
  queue: string
  waitingSince: string
  until: string
  keys?: string
  /** The caller chose it by a key. */
  language?: 'ug' | 'kk'
  /** Group of the green channel (Art. 40) that the caller is in. */
  green?: 'military' | 'fire' | 'medical' | 'old' | 'weak' | 'sick' | 'disabled' | 'pregnant'
  /** Calls of the last days, if they are many. */
  repeat?: number
  /** Marked so, and approved by a supervisor. */
  harassment?: boolean
  /** The person is called once this is accepted, or was called back just now. */
  callback?: boolean
  /** Who wants to consult, by name; absent: the caller waits himself. */
  askedBy?: string
}

/** Whose part this desk has in the call: it is his, he is asked about it, or she listens to it. */
export type CallRole = 'agent' | 'consulted' | 'supervisor'

/** Whom the call's agent asks. The number, an outside one, is whole for that agent alone. */
export interface Consult {
  kind: 'agent' | 'queue' | 'outside'
  queue?: string
  name?: string
  number?: string
  phase: 'queued' | 'offered' | 'dialing' | 'joined'
  /** Her page is lost just now. */
  away?: boolean
}

export type SuperviseMode = 'monitor' | 'whisper' | 'barge'

/** The agent's live call, or the one in wrap-up. */
export interface DeskCall {
  call: string
  kind: CallKind
  state: CallState
  number: string
  queue: string
  startedAt: string
  heldSince?: string
  muted: boolean
  recording: boolean
  endReason?: string
  role: CallRole
  /** Name of whose call it is, for the other roles. */
  agent?: string
  /** His page is lost just now, in a conference that goes on. */
  agentAway?: boolean
  consult?: Consult
  /** Why the last consultation came to nothing, or who left it. */
  consultEnded?: string
  /** Is in the call too, as far as this desk may know. */
  supervisor?: { name: string; mode: SuperviseMode }
  /** The recording is paused, and goes on by itself then. */
  pausedUntil?: string
}

export interface Desk {
  agent: string
  name: string
  status: AgentStatus
  breakReason?: string
  state: AgentState
  since: string
  online: boolean
  mediaUp: boolean
  /** The sound is the desk phone's, not this page's. */
  byPhone?: boolean
  /** A desk phone of this agent is registered. */
  phoneUp?: boolean
  wrapUpUntil?: string
  offer?: Offer
  call?: DeskCall
}

/** Of the directory a page has the names; the server knows the numbers. */
export type TransferTarget = { kind: 'agent' | 'queue' | 'outside' | 'directory'; id: string }

/** What the page asks; `id` is added by the client and comes back in the reply. */
export type Request =
  | { type: 'start' }
  | { type: 'negotiate'; sdp: string }
  | { type: 'usePhone'; use: boolean }
  | { type: 'status'; status: AgentStatus; reason?: string }
  | { type: 'accept'; offer: string }
  | { type: 'decline'; offer: string }
  | { type: 'hold' }
  | { type: 'resume' }
  | { type: 'mute'; muted: boolean }
  | { type: 'keys'; keys: string }
  | { type: 'transfer'; target: TransferTarget }
  | { type: 'consult'; target: TransferTarget }
  | { type: 'swap' }
  | { type: 'conference' }
  | { type: 'complete' }
  | { type: 'cancel' }
  | { type: 'hangUp' }
  | { type: 'endWrapUp' }
  | { type: 'dial'; callback?: string; entry?: string; ticket?: string; call?: string; number?: string }
  | { type: 'endShift' }
  | { type: 'devices'; microphone: string; speaker: string }
  | { type: 'pauseRecording' }
  | { type: 'resumeRecording' }
  | { type: 'ping' }

export interface Fault {
  code: string
  message: string
}

export type Reply =
  | { type: 'reply'; id: string; ok: true; sdp?: string }
  | { type: 'reply'; id: string; ok: false; error: Fault }

export type ServerMessage =
  | Reply
  | { type: 'desk'; now: string; desk: Desk }
  | { type: 'replaced' }
  | { type: 'signedOff' }
  | { type: 'pong'; id: string }

/** Largest message the page reads; the server's desk is far below. */
const maxMessage = 256 * 1024

/**
 * Reads one message of the server. Returns undefined for what this version of
 * the page does not know: a newer server may say more.
 */
export function decode(text: string): ServerMessage | undefined {
  if (text.length > maxMessage) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined
  const message = value as Record<string, unknown>
  switch (message.type) {
    case 'reply':
      return typeof message.id === 'string' && typeof message.ok === 'boolean' ? (value as Reply) : undefined
    case 'desk':
      return typeof message.desk === 'object' && message.desk !== null && typeof message.now === 'string'
        ? (value as ServerMessage)
        : undefined
    case 'replaced':
    case 'signedOff':
    case 'pong':
      return value as ServerMessage
    default:
      return undefined
  }
}
