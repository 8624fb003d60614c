import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { MediaListener, MediaPort } from './media'
import { Phone } from './phone'
import type { Desk } from './protocol'

/** The server's end of one socket, in the page's own process. */
class FakeSocket {
  static all: FakeSocket[] = []
  readyState = 0
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: (() => void) | null = null
  sent: Record<string, unknown>[] = []
  constructor() {
    FakeSocket.all.push(this)
  }
  send(text: string) {
    this.sent.push(JSON.parse(text))
  }
  close() {
    this.readyState = 3
  }
  accept() {
    this.readyState = 1
    this.onopen?.()
  }
  say(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) })
  }
  ask(type: string) {
    return this.sent.find((one) => one.type === type)
  }
  grant(type: string, more: object = {}) {
    this.say({ type: 'reply', id: this.ask(type)!.id, ok: true, ...more })
  }
  desk(over: Partial<Desk> = {}) {
    const desk: Desk = {
      agent: 'a1', name: '话务员', status: 'break', state: 'idle', since: '2026-11-25T08:00:00Z', online: true, mediaUp: false, ...over,
    }
    this.say({ type: 'desk', now: new Date().toISOString(), desk })
  }
}

class FakeMedia implements MediaPort {
  opened = 0
  closed = 0
  muted = false
  accepted: string[] = []
  refuse: Error | undefined
  on: MediaListener | undefined
  async open(_devices: unknown, on: MediaListener) {
    if (this.refuse) throw this.refuse
    this.opened++
    this.on = on
    return {
      offer: `offer ${this.opened}`,
      accept: async (answer: string) => void this.accepted.push(answer),
      setMuted: (muted: boolean) => void (this.muted = muted),
      setMicrophone: async () => {},
      microphone: () => 'microphone',
      close: () => void this.closed++,
    }
  }
}

const devices = { microphone: '', speaker: '' }
const settled = () => vi.advanceTimersByTimeAsync(0)

let storage: Map<string, string>
let media: FakeMedia
let phone: Phone

function build(startsReady = true) {
  return new Phone({
    url: 'ws://test',
    owner: 'a1',
    media,
    startsReady,
    storage: { getItem: (k) => storage.get(k) ?? null, setItem: (k, v) => void storage.set(k, v), removeItem: (k) => void storage.delete(k) },
    openSocket: () => new FakeSocket() as unknown as WebSocket,
  })
}

beforeEach(() => {
  vi.useFakeTimers()
  FakeSocket.all = []
  storage = new Map()
  media = new FakeMedia()
  phone = build()
})
afterEach(() => {
  phone.stop()
  vi.useRealTimers()
})

async function onShift(resume = false) {
  phone.start(devices, resume)
  const socket = FakeSocket.all.at(-1)!
  socket.accept()
  await settled()
  socket.grant('start')
  socket.desk()
  socket.grant('negotiate', { sdp: 'answer' })
  await settled()
  return socket
}

describe('the start of a shift', () => {
  it('starts, negotiates, and makes the agent ready once sound flows', async () => {
    const socket = await onShift()
    expect(media.accepted).toEqual(['answer'])
    expect(socket.ask('status')).toBeUndefined()
    socket.desk({ mediaUp: true })
    expect(socket.ask('status')).toMatchObject({ status: 'available' })
    media.on!.state('up')
    expect(phone.snapshot()).toMatchObject({ link: 'on', media: 'up' })
  })

  it('makes nobody ready whose shift is not for taking calls', async () => {
    phone = build(false)
    const socket = await onShift()
    socket.desk({ mediaUp: true })
    expect(socket.ask('status')).toBeUndefined()
  })

  it('leaves the status alone when a reload brought the page back', async () => {
    expect(phone.shiftWasOn()).toBe(false)
    await onShift()
    const reloaded = build()
    expect(reloaded.shiftWasOn()).toBe(true)
    phone.stop()
    expect(phone.shiftWasOn()).toBe(false)
    const socket = await onShift(true)
    socket.desk({ mediaUp: true })
    expect(socket.ask('status')).toBeUndefined()
  })

  it('goes by the desk phone without a microphone, and back to the page', async () => {
    media.refuse = new DOMException('no', 'NotFoundError')
    phone.start({ ...devices, byPhone: true })
    const socket = FakeSocket.all.at(-1)!
    socket.accept()
    await settled()
    socket.grant('start')
    socket.desk({ phoneUp: true })
    expect(socket.ask('usePhone')).toMatchObject({ use: true })
    expect(socket.ask('negotiate')).toBeUndefined()
    socket.grant('usePhone')
    socket.desk({ phoneUp: true, byPhone: true, mediaUp: true })
    await settled()
    expect(socket.ask('status')).toMatchObject({ status: 'available' })
    expect(phone.snapshot()).toMatchObject({ link: 'on', media: 'none' })
    media.refuse = undefined
    void phone.chooseDevices(devices)
    expect(socket.sent.at(-1)).toMatchObject({ type: 'usePhone', use: false })
    socket.say({ type: 'reply', id: socket.sent.at(-1)!.id, ok: true })
    await settled()
    expect(socket.ask('negotiate')).toBeDefined()
  })

  it('says why there is no shift without a microphone', async () => {
    media.refuse = new DOMException('no', 'NotAllowedError')
    phone.start(devices)
    FakeSocket.all[0]!.accept()
    await settled()
    expect(phone.snapshot()).toMatchObject({ link: 'off', fault: { code: 'microphone-refused' } })
    expect(phone.shiftWasOn()).toBe(false)
  })
})

describe('a lost network', () => {
  it('is seen within 3 s and healed on a new socket with a new connection', async () => {
    const first = await onShift()
    await vi.advanceTimersByTimeAsync(3000)
    expect(phone.snapshot().link).toBe('lost')
    expect(first.ask('ping')).toBeDefined()
    expect(media.closed).toBe(1)
    await vi.advanceTimersByTimeAsync(300)
    const second = FakeSocket.all.at(-1)!
    expect(second).not.toBe(first)
    second.accept()
    await settled()
    second.grant('start')
    second.desk({ state: 'talking' })
    second.grant('negotiate', { sdp: 'again' })
    await settled()
    expect(phone.snapshot().link).toBe('on')
    expect(media.accepted).toEqual(['answer', 'again'])
  })

  it('is tried again when the new socket never opens', async () => {
    await onShift()
    FakeSocket.all[0]!.onclose!()
    await vi.advanceTimersByTimeAsync(20_000)
    expect(phone.snapshot().link).toBe('lost')
    expect(FakeSocket.all.length).toBeGreaterThan(3)
    const before = FakeSocket.all.length
    phone.networkBack()
    expect(FakeSocket.all.length).toBe(before + 1)
  })

  it('makes the agent ready again on a server that had started anew', async () => {
    const first = await onShift()
    first.desk({ mediaUp: true, status: 'available' })
    first.onclose!()
    await vi.advanceTimersByTimeAsync(300)
    const second = FakeSocket.all.at(-1)!
    second.accept()
    await settled()
    second.desk({ status: 'break', breakReason: 'start' })
    expect(second.ask('status')).toBeUndefined()
    second.desk({ status: 'break', breakReason: 'start', mediaUp: true })
    expect(second.ask('status')).toMatchObject({ status: 'available' })
  })

  it('answers every request that was under way', async () => {
    const socket = await onShift()
    const asked = phone.request({ type: 'hold' })
    socket.onclose!()
    await expect(asked).resolves.toMatchObject({ ok: false, error: { code: 'network-lost' } })
  })
})

describe('on shift', () => {
  it('negotiates again when only the sound has failed', async () => {
    await onShift()
    media.on!.state('failed')
    await vi.advanceTimersByTimeAsync(1000)
    expect(media.opened).toBe(2)
    expect(FakeSocket.all.length).toBe(1)
  })

  it('mutes the microphone as the server says', async () => {
    const socket = await onShift()
    const call = { call: 'c', kind: 'inbound', state: 'talking', number: '', queue: 'main', startedAt: '2026-11-25T08:00:00Z', recording: true, role: 'agent' as const } as const
    socket.desk({ state: 'talking', call: { ...call, muted: true } })
    expect(media.muted).toBe(true)
    socket.desk({ state: 'talking', call: { ...call, muted: false } })
    expect(media.muted).toBe(false)
  })

  it('gives way to another page of the same agent', async () => {
    const socket = await onShift()
    socket.say({ type: 'replaced' })
    await vi.advanceTimersByTimeAsync(10_000)
    expect(phone.snapshot().link).toBe('replaced')
    expect(FakeSocket.all.length).toBe(1)
    expect(phone.shiftWasOn()).toBe(false)
  })

  it('stays away when a supervisor has ended the shift', async () => {
    const socket = await onShift()
    socket.say({ type: 'signedOff' })
    await vi.advanceTimersByTimeAsync(10_000)
    expect(phone.snapshot()).toMatchObject({ link: 'off', fault: { code: 'signed-off' } })
    expect(FakeSocket.all.length).toBe(1)
    expect(phone.shiftWasOn()).toBe(false)
  })

  it('ends only when the server agrees', async () => {
    const socket = await onShift()
    const refused = phone.endShift()
    socket.say({ type: 'reply', id: socket.ask('endShift')!.id, ok: false, error: { code: 'in-call', message: '通话中' } })
    await refused
    expect(phone.snapshot().link).toBe('on')
    socket.sent = []
    const ended = phone.endShift()
    socket.grant('endShift')
    await ended
    expect(phone.snapshot().link).toBe('off')
  })
})
