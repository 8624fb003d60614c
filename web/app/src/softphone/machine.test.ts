import { describe, expect, it } from 'vitest'
import { allowed, initial, onCall, reduce, serverTime, silenceLimit } from './machine'
import type { SoftphoneEvent, SoftphoneState } from './machine'
import { decode } from './protocol'
import type { CallState, Consult, Desk } from './protocol'

const t0 = Date.parse('2026-11-25T08:00:00Z')

const desk = (over: Partial<Desk> = {}): Desk => ({
  agent: 'a1', name: '话务员', status: 'available', state: 'idle', since: '2026-11-25T08:00:00Z', online: true, mediaUp: true, ...over,
})

const offer = {
  id: 'o1', call: 'c1', number: '138****1000', queue: 'main', waitingSince: '2026-11-25T08:00:00Z', until: '2026-11-25T08:00:20Z',
}

const call = {
  call: 'c1', kind: 'inbound' as const, state: 'talking' as const, number: '138****1000', queue: 'main',
  startedAt: '2026-11-25T08:00:05Z', muted: false, recording: true, role: 'agent' as const,
}

function run(events: SoftphoneEvent[], from: SoftphoneState = initial): SoftphoneState {
  return events.reduce(reduce, from)
}

function said(d: Desk, at: number, now = at): SoftphoneEvent {
  return { type: 'message', at, message: { type: 'desk', now: new Date(now).toISOString(), desk: d } }
}

const onShift = (d: Desk = desk()) => run([{ type: 'start', at: t0 }, { type: 'opened', at: t0 }, said(d, t0)])

describe('the link', () => {
  it('is on once the server has shown the desk', () => {
    const starting = run([{ type: 'start', at: t0 }, { type: 'opened', at: t0 }])
    expect(starting.link).toBe('starting')
    expect(reduce(starting, said(desk(), t0)).link).toBe('on')
  })

  it('is lost when nothing is heard for 2 s, not before', () => {
    const on = onShift()
    expect(reduce(on, { type: 'tick', at: t0 + silenceLimit }).link).toBe('on')
    const lost = reduce(on, { type: 'tick', at: t0 + silenceLimit + 1 })
    expect(lost).toMatchObject({ link: 'lost', media: 'none', lostAt: t0 + silenceLimit + 1 })
  })

  it('stays on while pongs come', () => {
    const pong: SoftphoneEvent = { type: 'message', at: t0 + 2000, message: { type: 'pong', id: '1' } }
    expect(run([pong, { type: 'tick', at: t0 + 2000 + silenceLimit }], onShift()).link).toBe('on')
    expect(run([pong, { type: 'tick', at: t0 + 2001 + silenceLimit }], onShift()).link).toBe('lost')
  })

  it('keeps the call on screen while the network is lost, and is back with the next desk', () => {
    const talking = onShift(desk({ state: 'talking', call }))
    const lost = reduce(talking, { type: 'closed', at: t0 + 10 })
    expect(lost.link).toBe('lost')
    expect(lost.desk?.call?.call).toBe('c1')
    expect(Object.values(allowed(lost)).some(Boolean)).toBe(false)
    const back = run([{ type: 'opened', at: t0 + 900 }, said(desk({ state: 'talking', call }), t0 + 950)], lost)
    expect(back).toMatchObject({ link: 'on', lostAt: undefined })
    expect(allowed(back).hangUp).toBe(true)
  })

  it('ends for good when the agent signed in elsewhere, until he starts again', () => {
    const replaced = reduce(onShift(), { type: 'message', at: t0, message: { type: 'replaced' } })
    expect(replaced).toMatchObject({ link: 'replaced', desk: undefined })
    expect(run([{ type: 'closed', at: t0 }, said(desk(), t0)], replaced).link).toBe('replaced')
    expect(reduce(replaced, { type: 'start', at: t0 }).link).toBe('connecting')
  })

  it('is off, and says why, when a supervisor has ended the shift', () => {
    const off = reduce(onShift(), { type: 'message', at: t0, message: decode('{"type":"signedOff"}')! })
    expect(off).toMatchObject({ link: 'off', fault: { code: 'signed-off' } })
    expect(off.desk).toBeUndefined()
    expect(reduce(off, { type: 'closed', at: t0 }).link).toBe('off')
  })

  it('ignores what an old socket says after the shift has ended', () => {
    const off = reduce(onShift(), { type: 'ended' })
    expect(reduce(off, said(desk(), t0 + 1)).link).toBe('off')
  })
})

describe('what the agent may do', () => {
  const may = (d: Desk) => Object.entries(allowed(onShift(d))).filter(([, yes]) => yes).map(([name]) => name).sort()

  it('follows the desk', () => {
    expect(may(desk())).toEqual(['dial', 'endShift', 'status'])
    expect(may(desk({ state: 'ringing', offer }))).toEqual(['answer', 'decline', 'status'])
    expect(may(desk({ state: 'ringing', offer, byPhone: true }))).toEqual(['decline', 'status']) // answered on the phone
    expect(may(desk({ state: 'talking', call }))).toEqual(['hangUp', 'hold', 'keys', 'mute', 'status', 'transfer'])
    expect(may(desk({ state: 'held', call: { ...call, state: 'held' } }))).toEqual(['hangUp', 'resume', 'status', 'transfer'])
    expect(may(desk({ state: 'wrapUp', call: { ...call, state: 'ended' } }))).toEqual(['endShift', 'endWrapUp', 'status'])
  })

  it('follows a consultation', () => {
    const asking = (state: CallState, consult: Partial<Consult> = {}) =>
      may(desk({ state: 'talking', call: { ...call, state, consult: { kind: 'agent', name: 'B', phase: 'joined', ...consult } } }))
    expect(asking('consulting', { phase: 'offered' })).toEqual(['cancel', 'mute', 'status'])
    expect(asking('consulting')).toEqual(['cancel', 'complete', 'conference', 'mute', 'status', 'swap'])
    expect(asking('consulting', { kind: 'outside' })).toContain('keys')
    expect(asking('consulting', { away: true })).toEqual(['cancel', 'mute', 'status', 'swap'])
    expect(asking('swapped')).toEqual(['cancel', 'complete', 'conference', 'keys', 'mute', 'status', 'swap'])
    expect(asking('conference')).toEqual(['cancel', 'complete', 'hangUp', 'keys', 'mute', 'status'])
    expect(asking('agentLost')).toEqual(['hangUp', 'status'])
  })

  it('is to be silent and to leave for who is asked or listens', () => {
    const part = { state: 'consulting' as const, agent: 'A', consult: { kind: 'agent' as const, phase: 'joined' as const } }
    expect(may(desk({ state: 'talking', call: { ...call, ...part, role: 'consulted' } }))).toEqual(['hangUp', 'mute', 'status'])
    const listens = (mode: 'monitor' | 'whisper') => may(desk({ state: 'monitoring', call: { ...call, role: 'supervisor', supervisor: { name: 'S', mode } } }))
    expect(listens('monitor')).toEqual(['hangUp', 'status'])
    expect(listens('whisper')).toEqual(['hangUp', 'mute', 'status'])
  })

  it('is only to hang up while an outgoing call rings', () => {
    expect(may(desk({ state: 'talking', call: { ...call, kind: 'outbound', state: 'dialing' } }))).toEqual(['hangUp', 'mute', 'status'])
  })
})

it('is on a call from the ring to the hang-up, a lost network between', () => {
  expect(onCall(onShift())).toBe(false)
  expect(onCall(onShift(desk({ state: 'ringing', offer })))).toBe(true)
  const talking = onShift(desk({ state: 'talking', call }))
  expect(onCall(talking)).toBe(true)
  expect(onCall(reduce(talking, { type: 'closed', at: t0 }))).toBe(true)
  expect(onCall(onShift(desk({ state: 'wrapUp', call: { ...call, state: 'ended' } })))).toBe(false)
})

describe('the clock and the faults', () => {
  it('shows waits in the time of the server', () => {
    const on = run([{ type: 'start', at: t0 }, { type: 'opened', at: t0 }, said(desk(), t0, t0 + 90_000)])
    expect(serverTime(on, t0 + 1000)).toBe(t0 + 91_000)
  })

  it('keeps a refusal until it was seen', () => {
    const refused = reduce(onShift(), {
      type: 'message', at: t0, message: { type: 'reply', id: '4', ok: false, error: { code: 'not-in-call', message: '当前没有通话' } },
    })
    expect(refused.fault?.code).toBe('not-in-call')
    expect(reduce(refused, { type: 'faultSeen' }).fault).toBeUndefined()
    expect(reduce(refused, { type: 'message', at: t0, message: { type: 'pong', id: '5' } }).fault).toBeDefined()
    expect(reduce(refused, { type: 'message', at: t0, message: { type: 'reply', id: '6', ok: true } }).fault).toBeUndefined()
  })
})

describe('decode', () => {
  it('reads what the server says', () => {
    expect(decode(JSON.stringify({ type: 'desk', now: '2026-11-25T08:00:00Z', desk: desk() }))).toMatchObject({ type: 'desk' })
    expect(decode('{"type":"reply","id":"7","ok":true,"sdp":"v=0"}')).toMatchObject({ ok: true, sdp: 'v=0' })
  })

  it.each(['', 'no JSON', '[]', 'null', '7', '{"type":"desk"}', '{"type":"reply","ok":true}', '{"type":"news"}', `"${'x'.repeat(300_000)}"`])(
    'passes over %.20s', (text) => expect(decode(text)).toBeUndefined(),
  )
})
