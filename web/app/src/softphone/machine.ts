/**
 * The state of the softphone page as a pure reducer.
 *
 *            start            opened            desk
 *   off ───────────▶ connecting ────▶ starting ─────▶ on
 *    ▲                 ▲   ▲                          │ closed, or nothing
 *    │ ended           │   └──── opened ── lost ◀─────┘ heard for 2 s
 *    │                 │ start
 *    └──────────── replaced   (the same agent signed in elsewhere)
 *
 * A supervisor may end the shift, too: then it is off, with a fault that says so.
 *
 * Two facts stand apart: `link`, whether we hear the server, and `media`,
 * whether sound flows. The call itself is the server's: `desk` is what it last
 * said, and stays on screen while the link is lost, so that the agent sees
 * which call he will be back on.
 *
 * The reducer reads no clock: every event that needs the time carries it, in
 * milliseconds of the page's own clock.
 */
import type { Desk, DeskCall, ServerMessage } from './protocol'

export type Link = 'off' | 'connecting' | 'starting' | 'on' | 'lost' | 'replaced'
export type Media = 'none' | 'negotiating' | 'up' | 'failed'

/**
 * Without any message for this long the network counts as lost (ms). The page
 * asks twice a second, so three answers are missing by then; a second is left
 * to show it, since it must be on screen within 3 s.
 */
export const silenceLimit = 2000

export interface SoftphoneState {
  link: Link
  media: Media
  desk?: Desk
  /** Server clock minus page clock, ms: waits and timers are shown in the server's time. */
  skew: number
  /** Page time of the last message, ms. */
  heardAt: number
  /** Page time since when the network is lost, ms; until the desk is heard again. */
  lostAt?: number
  /** Last refusal of the server or the browser, shown until it was seen or another action succeeds. */
  fault?: { code: string; message: string }
}

export type SoftphoneEvent =
  | { type: 'start'; at: number }
  | { type: 'opened'; at: number }
  | { type: 'closed'; at: number }
  | { type: 'message'; at: number; message: ServerMessage }
  | { type: 'tick'; at: number }
  | { type: 'media'; media: Media }
  | { type: 'fault'; code: string; message: string }
  | { type: 'faultSeen' }
  | { type: 'ended' }

export const initial: SoftphoneState = { link: 'off', media: 'none', skew: 0, heardAt: 0 }

export function reduce(state: SoftphoneState, event: SoftphoneEvent): SoftphoneState {
  switch (event.type) {
    case 'start':
      if (state.link !== 'off' && state.link !== 'replaced') return state
      return { ...initial, link: 'connecting', heardAt: event.at, skew: state.skew }
    case 'opened':
      if (state.link !== 'connecting' && state.link !== 'lost') return state
      return { ...state, link: 'starting', heardAt: event.at, media: 'none' }
    case 'closed':
      return closed(state, event.at)
    case 'message':
      return message(state, event.message, event.at)
    case 'tick':
      if (state.link !== 'on' && state.link !== 'starting') return state
      return event.at - state.heardAt > silenceLimit ? lose(state, event.at) : state
    case 'media':
      return state.media === event.media ? state : { ...state, media: event.media }
    case 'fault':
      return { ...state, fault: { code: event.code, message: event.message } }
    case 'faultSeen':
      return state.fault ? { ...state, fault: undefined } : state
    case 'ended':
      return { ...initial, skew: state.skew, fault: state.fault }
  }
}

function closed(state: SoftphoneState, at: number): SoftphoneState {
  switch (state.link) {
    case 'off':
    case 'replaced':
    case 'lost':
      return state
    case 'connecting':
    case 'starting':
    case 'on':
      return lose(state, at)
  }
}

function lose(state: SoftphoneState, at: number): SoftphoneState {
  return { ...state, link: 'lost', lostAt: state.lostAt ?? at, media: 'none' }
}

function message(state: SoftphoneState, m: ServerMessage, at: number): SoftphoneState {
  // A late message of a socket that was given up must not revive the page.
  if (state.link === 'off' || state.link === 'replaced' || state.link === 'connecting') return state
  const heard = { ...state, heardAt: at }
  switch (m.type) {
    case 'desk':
      return { ...heard, link: 'on', desk: m.desk, skew: Date.parse(m.now) - at, lostAt: undefined }
    case 'replaced':
      return { ...heard, link: 'replaced', media: 'none', desk: undefined, lostAt: undefined }
    case 'signedOff':
      return { ...initial, skew: state.skew, fault: { code: 'signed-off', message: '' } }
    case 'reply':
      return { ...heard, fault: m.ok ? undefined : m.error }
    case 'pong':
      return heard.link === 'lost' && heard.desk ? { ...heard, link: 'on', lostAt: undefined } : heard
  }
}

/** What the agent may do now; the server checks again. */
export interface Allowed {
  status: boolean
  answer: boolean
  decline: boolean
  mute: boolean
  hold: boolean
  resume: boolean
  keys: boolean
  /** Hand the caller on, or ask somebody first. */
  transfer: boolean
  /** From the second party to the caller, or back. */
  swap: boolean
  conference: boolean
  /** Leave caller and second party together. */
  complete: boolean
  /** Send the second party away, or stop calling it. */
  cancel: boolean
  /** End the call; for who is asked or listens: leave it. */
  hangUp: boolean
  endWrapUp: boolean
  dial: boolean
  endShift: boolean
}

export function allowed(state: SoftphoneState): Allowed {
  const on = state.link === 'on'
  const desk = state.desk
  const call = on && desk?.state !== 'wrapUp' ? desk?.call : undefined
  return {
    status: on,
    answer: on && desk?.offer !== undefined && !desk.byPhone, // that is done on the phone
    decline: on && desk?.offer !== undefined,
    ...inCall(call),
    endWrapUp: on && desk?.state === 'wrapUp',
    dial: on && desk?.state === 'idle' && desk.mediaUp, // it asks for a call that he can hear
    endShift: on && !call && desk?.offer === undefined,
  }
}

type InCall = Omit<Allowed, 'status' | 'answer' | 'decline' | 'endWrapUp' | 'dial' | 'endShift'>

const nothing: InCall = {
  mute: false, hold: false, resume: false, keys: false, transfer: false, swap: false, conference: false, complete: false, cancel: false, hangUp: false,
}

function inCall(call: DeskCall | undefined): InCall {
  if (!call) return nothing
  // Who is asked, or listens, may only be silent and leave.
  if (call.role === 'supervisor') return { ...nothing, mute: call.supervisor?.mode !== 'monitor', hangUp: true }
  if (call.role === 'consulted') return { ...nothing, mute: true, hangUp: true }
  const { state, consult } = call
  const twoSides = state === 'consulting' || state === 'swapped'
  const asking = twoSides || state === 'conference'
  const joined = consult?.phase === 'joined'
  const there = joined && !consult.away
  const withCaller = state === 'talking' || state === 'swapped' || state === 'conference'
  return {
    mute: withCaller || state === 'consulting' || state === 'dialing',
    hold: state === 'talking',
    resume: state === 'held',
    keys: withCaller || (state === 'consulting' && joined && consult.kind === 'outside'),
    transfer: (state === 'talking' || state === 'held') && !consult,
    swap: twoSides && joined,
    conference: twoSides && there,
    complete: asking && there,
    cancel: asking && consult !== undefined,
    hangUp: !twoSides, // not over the head of somebody who waits
  }
}

/** Whether a call rings or lives on this desk, also while the network is lost. */
export function onCall({ desk }: SoftphoneState): boolean {
  return desk?.offer !== undefined || (desk?.call !== undefined && desk.state !== 'wrapUp')
}

/** The server's clock, ms, at the page's time. */
export function serverTime(state: SoftphoneState, pageTime: number): number {
  return pageTime + state.skew
}
