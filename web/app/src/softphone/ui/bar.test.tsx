// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { isolate } from '../../components/isolate'
import english from '../../locales/en.json'
import type { Desk } from '../protocol'
import { PhoneBar } from './PhoneBar'
import { PhoneProvider } from './PhoneContext'

vi.mock('@tanstack/react-router', () => ({ useNavigate: () => vi.fn(), Link: () => null }))

/** The server's end of the page's socket. */
class Server {
  static last: Server
  readyState = 0
  onopen?: () => void
  onmessage?: (event: { data: string }) => void
  onclose?: () => void
  asked: Record<string, unknown>[] = []
  constructor() {
    Server.last = this
  }
  send(text: string) {
    this.asked.push(JSON.parse(text))
  }
  close() {}
  open() {
    this.readyState = 1
    this.onopen?.()
  }
  desk(over: Partial<Desk> = {}) {
    const desk: Desk = { agent: 'a', name: 'agent', status: 'available', state: 'idle', since: new Date().toISOString(), online: true, mediaUp: true, ...over }
    act(() => this.onmessage?.({ data: JSON.stringify({ type: 'desk', now: new Date().toISOString(), desk }) }))
  }
}

const soon = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()
const offer = { id: 'o1', call: 'c1', number: '138****1000', queue: 'main', waitingSince: soon(-9), until: soon(20), keys: '1' }
const call = { call: 'c1', kind: 'inbound', state: 'talking', number: '138****1000', queue: 'main', startedAt: soon(-5), muted: false, recording: true, role: 'agent' } as const

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: 'en', resources: { en: { translation: english } } })
  // jsdom has none of these; the components only need them to be there.
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} })
  vi.stubGlobal('matchMedia', () => ({ matches: false, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} }))
})

beforeEach(() => {
  sessionStorage.clear()
  vi.stubGlobal('WebSocket', Server)
  vi.stubGlobal('fetch', () => new Promise(() => {}))
  Object.defineProperty(navigator, 'mediaDevices', { configurable: true, value: { getUserMedia: () => new Promise(() => {}) } })
  render(
    <QueryClientProvider client={new QueryClient()}>
      <PhoneProvider owner="a" enabled startsReady>
        <PhoneBar />
      </PhoneProvider>
    </QueryClientProvider>,
  )
})
afterEach(cleanup)

function startShift(): Server {
  fireEvent.click(screen.getByTestId('start-shift'))
  act(() => Server.last.open())
  Server.last.desk()
  return Server.last
}

it('shows an offer with the masked number the right way round, and answers it', () => {
  const server = startShift()
  expect(screen.getByTestId('status').dataset.status).toBe('available')
  expect(screen.queryByTestId('offer')).toBeNull()
  server.desk({ state: 'ringing', offer })
  const number = screen.getByTestId('offer-number')
  expect([number.tagName, number.getAttribute('dir'), number.textContent]).toEqual(['BDI', 'ltr', '138****1000'])
  expect(screen.getByTestId('offer-wait').textContent).toMatch(/^0:(09|1\d)$/)
  fireEvent.click(screen.getByRole('button', { name: 'Answer' }))
  expect(server.asked.at(-1)).toMatchObject({ type: 'accept', offer: 'o1' })
  server.desk({ state: 'idle' })
  expect(screen.queryByTestId('offer')).toBeNull()
})

it('says an offer in the title of the tab, and of a hidden page by a notification, while it rings', () => {
  const shown: { text: string; closed: boolean }[] = []
  vi.stubGlobal('Notification', class {
    static permission = 'granted'
    private readonly one
    constructor(text: string) {
      shown.push((this.one = { text, closed: false }))
    }
    close() {
      this.one.closed = true
    }
  })
  const server = startShift()
  server.desk({ state: 'ringing', offer })
  expect(document.title).toBe('Incoming call 138****1000')
  expect(shown).toEqual([]) // the page is looked at
  server.desk({ state: 'idle' })
  expect(document.title).toBe(english.app.title)
  const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
  server.desk({ state: 'ringing', offer: { ...offer, id: 'o2' } })
  expect(shown).toEqual([{ text: 'Incoming call 138****1000', closed: false }])
  server.desk({ state: 'idle' })
  expect(shown[0]!.closed).toBe(true)
  hidden.mockRestore()
})

it('gives the answer button the focus, but not while somebody types', () => {
  const server = startShift()
  server.desk({ state: 'ringing', offer })
  expect(document.activeElement).toBe(screen.getByTestId('answer'))
  server.desk({ state: 'idle' })
  const field = document.body.appendChild(document.createElement('textarea'))
  field.focus()
  server.desk({ state: 'ringing', offer: { ...offer, id: 'o2' } })
  expect(document.activeElement).toBe(field)
  const before = server.asked.length
  fireEvent.keyDown(field, { key: ' ' })
  expect(server.asked.length).toBe(before)
  fireEvent.keyDown(field, { key: 'F8' })
  expect(server.asked.at(-1)).toMatchObject({ type: 'accept', offer: 'o2' })
  field.remove()
})

it('sends the digits of the keyboard while the key pad is open, and only then', () => {
  const server = startShift()
  server.desk({ state: 'talking', call })
  const button = screen.getByTestId('keypad')
  fireEvent.keyDown(button, { key: '5' })
  expect(server.asked.some((one) => one.type === 'keys')).toBe(false)
  fireEvent.click(button)
  fireEvent.keyDown(button, { key: '5' })
  expect(server.asked.at(-1)).toMatchObject({ type: 'keys', keys: '5' })
  // The pad is the next stop of Tab after its button, not at the end of the page.
  expect(button.parentElement!.contains(screen.getByRole('group', { name: english.phone.keypad }))).toBe(true)
})

it('controls the call', () => {
  const server = startShift()
  server.desk({ state: 'talking', call })
  expect(screen.getByTestId('call-state').dataset.state).toBe('talking')
  for (const [control, type] of [['mute', 'mute'], ['hold', 'hold'], ['hang-up', 'hangUp']] as const) {
    fireEvent.click(screen.getByTestId(control))
    expect(server.asked.at(-1)).toMatchObject({ type })
  }
  server.desk({ state: 'held', call: { ...call, state: 'held', heldSince: soon(-1) } })
  fireEvent.click(screen.getByTestId('resume'))
  expect(server.asked.at(-1)).toMatchObject({ type: 'resume' })
  server.desk({ state: 'wrapUp', wrapUpUntil: soon(60), call: { ...call, state: 'ended', endReason: 'caller-hangup' } })
  expect(screen.getByTestId('wrap-up').textContent).toMatch(/1:00|0:5\d/)
  fireEvent.click(screen.getByTestId('end-wrap-up'))
  expect(server.asked.at(-1)).toMatchObject({ type: 'endWrapUp' })
})

it('asks somebody first, and shows at a glance who hears whom', () => {
  const server = startShift()
  const text = (id: string) => screen.getByTestId(id).textContent
  const asking = (over: object) => server.desk({ state: 'talking', call: { ...call, heldSince: soon(-7), consult: { kind: 'agent', name: 'Bo', phase: 'joined' }, ...over } })
  asking({ state: 'consulting', consult: { kind: 'agent', name: 'Bo', phase: 'offered' } })
  expect(text('party-called')).toContain('Bo')
  expect(text('caller-waits')).toMatch(/^0:0[789]$/)
  expect(screen.queryByTestId('hang-up')).toBeNull()
  expect(screen.getByTestId<HTMLButtonElement>('complete').disabled).toBe(true)
  fireEvent.keyDown(document.body, { key: 'F9', shiftKey: true })
  expect(server.asked.at(-1)).toMatchObject({ type: 'cancel' })
  asking({ state: 'consulting' })
  expect(text('party-talk')).toBe('You ⇄ Bo')
  expect(text('party-wait')).toContain('138****1000')
  for (const [key, type] of [['F2', 'swap'], ['F4', 'conference'], ['F9', 'complete']]) {
    fireEvent.keyDown(document.body, { key })
    expect(server.asked.at(-1)).toMatchObject({ type })
  }
  asking({ state: 'conference' })
  expect(text('party-talk')).toBe('Caller 138****1000 ⇄ You ⇄ Bo')
  expect(text('hang-up')).toBe('End for all')
  server.desk({ state: 'held', call: { ...call, state: 'held', consultEnded: 'no-answer' } })
  expect(text('consult-ended')).toContain('No answer')
})

it('says what is known of the caller before he is answered', () => {
  const server = startShift()
  server.desk({ state: 'ringing', offer })
  expect(screen.queryByTestId('offer-known')).toBeNull()
  server.desk({ state: 'ringing', offer: { ...offer, language: 'ug', green: 'pregnant', repeat: 7, harassment: true, callback: true } })
  expect(screen.getByTestId('offer-known').textContent).toBe('CallbackUyghurGreen channel: pregnant7 calls in seven daysMarked for harassment')
})

it('says whose call it is to who is asked, and who listens', () => {
  const server = startShift()
  server.desk({ state: 'ringing', offer: { ...offer, askedBy: 'Ann' } })
  expect(screen.getByTestId('offer-title').textContent).toBe(`${isolate('Ann')} asks for advice`)
  expect(document.title).toBe(`${isolate('Ann')} asks for advice`)
  server.desk({ state: 'talking', call: { ...call, role: 'consulted', agent: 'Ann', state: 'swapped', consult: { kind: 'agent', name: 'Me', phase: 'joined' } } })
  expect(screen.getByTestId('party-talk').textContent).toBe('Caller 138****1000 ⇄ Ann')
  expect(screen.queryByTestId('transfer')).toBeNull()
  expect(screen.getByTestId('hang-up').textContent).toBe('Leave the call')
  server.desk({ state: 'talking', call: { ...call, supervisor: { name: 'Sue', mode: 'whisper' } } })
  expect(screen.getByTestId('party-supervisor').textContent).toContain(`Supervisor ${isolate('Sue')} whispers`)
})

it('says that the network is lost, and lets nothing be pressed that would go nowhere', () => {
  const server = startShift()
  server.desk({ state: 'talking', call })
  act(() => server.onclose?.())
  expect(screen.getByTestId('network-lost').textContent).toContain('Network lost')
  expect(screen.getByTestId<HTMLButtonElement>('hang-up').disabled).toBe(true)
  act(() => server.onclose?.())
})

it('keeps an <audio> element for the caller in every state', () => {
  expect(screen.getByTestId('remote-audio').tagName).toBe('AUDIO')
  startShift().desk({ state: 'talking', call })
  expect(screen.getAllByTestId('remote-audio')).toHaveLength(1)
})

it('pauses the recording, and shows how long it still is paused', () => {
  const server = startShift()
  server.desk({ state: 'talking', call })
  fireEvent.click(screen.getByTestId('pause-recording'))
  expect(server.asked.at(-1)).toMatchObject({ type: 'pauseRecording' })
  server.desk({ state: 'talking', call: { ...call, pausedUntil: soon(119.5) } })
  expect(screen.getByTestId('recording-paused').textContent).toMatch(/2:00|1:5\d/)
  expect(screen.queryByTestId('pause-recording')).toBeNull()
  fireEvent.click(screen.getByTestId('resume-recording'))
  expect(server.asked.at(-1)).toMatchObject({ type: 'resumeRecording' })
  server.desk({ state: 'held', call: { ...call, recording: false } })
  expect(screen.queryByTestId('pause-recording')).toBeNull()
})
