// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import type { CallDetail, Role } from '../../api/types'
import english from '../../locales/en.json'
import CallPage from './CallPage'

vi.mock('../../api/client', async (original) => ({
  ...(await original<object>()),
  client: (await import('openapi-fetch')).default({ baseUrl: 'http://hotline.test/api/v1', fetch: (request) => server(request) }),
}))
vi.mock('@tanstack/react-router', () => ({ useParams: () => ({ call: 'c1' }), Link: () => null }))

/** Where the waveform would be drawn: jsdom has no canvas. */
const drawn = vi.hoisted(() => [] as { container: HTMLElement; media: HTMLAudioElement; peaks: number[][]; played: number }[])
vi.mock('wavesurfer.js', () => ({
  default: {
    create(options: (typeof drawn)[number]) {
      const one = { ...options, played: 0 }
      drawn.push(one)
      return { on() {}, destroy() {}, playPause: async () => {}, play: async () => { one.played++ } }
    },
  },
}))

let asked: string[] = []
let hold: CallDetail['hold']
const recording = { segment: 1, kind: 'talk', startedAt: '2026-11-25T08:00:05Z', complete: true, gaps: [{ from: 1000, to: 2000 }] }

async function server(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname.replace('/api/v1', '')
  asked.push(`${request.method} ${path}`)
  if (path.endsWith('/peaks')) return Response.json({ left: [0, 0.5], right: [0.4, 0], ms: 4000 })
  if (path.endsWith('/hold')) {
    hold = request.method === 'PUT' ? { ...((await request.json()) as { reason: string }), by: 'me', byName: 'Sue', at: '2026-11-25T09:00:00Z' } : undefined
    return new Response(null, { status: 204 })
  }
  return Response.json({
    call: 'c1', kind: 'inbound', number: '138****1000', startedAt: '2026-11-25T08:00:00Z', endedAt: '2026-11-25T08:01:00Z', queue: 'main', agents: [],
    waitMs: 1000, talkMs: 55000, reason: 'caller-hangup', quality: [], recordings: [recording], tickets: [], contacts: [], hold,
  })
}

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: 'en', resources: { en: { translation: english } } })
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} })
  vi.stubGlobal('matchMedia', () => ({ matches: false, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} }))
})
beforeEach(() => {
  asked = []
  hold = undefined
  drawn.length = 0
})
afterEach(cleanup)

async function show(role: Role) {
  const queries = new QueryClient()
  queries.setQueryData(['session'], { account: { id: 'me', role }, csrf: '' })
  render(<QueryClientProvider client={queries}><CallPage /></QueryClientProvider>)
  await screen.findByTestId('chain')
}
const patient = { timeout: 60_000 }
const last = () => drawn[drawn.length - 1]!

it.each<Role>(['agent', 'supervisor', 'reviewer'])('draws and plays a recording for %s, and fetches the sound when asked only', async (role) => {
  await show(role)
  await vi.waitFor(() => expect(drawn).toHaveLength(1), patient)
  expect(last().container.getAttribute('aria-label')).toContain('Waveform')
  expect(last().peaks).toEqual([[0, 0.5], [0.4, 0]])
  expect(last().media.getAttribute('src')).toBeNull() // each listening is logged
  expect(screen.getByTestId('gaps').textContent).toContain('0:01–0:02')
  fireEvent.click(screen.getByTestId('play'))
  await vi.waitFor(() => expect(last().played).toBe(1), patient)
  expect(last().media.getAttribute('src')).toBe('/api/v1/calls/c1/recordings/1/audio')
})

it('has no player for who may not listen', async () => {
  await show('admin')
  expect(screen.queryByTestId('recording')).toBeNull()
  expect(asked).toEqual(['GET /calls/c1', 'GET /queues'])
})

it.each<Role>(['supervisor', 'admin'])('shows %s the legal hold, who places it with a reason and lifts it', async (role) => {
  await show(role)
  expect(screen.queryByTestId('lift-hold')).toBeNull()
  fireEvent.click(screen.getByTestId('place-hold'))
  expect(screen.getByTestId<HTMLButtonElement>('save-hold').disabled).toBe(true)
  fireEvent.change(screen.getByLabelText('Reason'), { target: { value: ' in court ' } })
  fireEvent.click(screen.getByTestId('save-hold'))
  await vi.waitFor(() => expect(screen.getByTestId('held').textContent).toBe('in court · Sue · 2026-11-25 17:00'), patient)
  fireEvent.click(await screen.findByTestId('lift-hold'))
  fireEvent.click(await screen.findByTestId('lift-hold-yes'))
  await vi.waitFor(() => expect(screen.queryByTestId('held')).toBeNull(), patient)
  expect(asked.filter((one) => one.endsWith('/hold'))).toEqual(['PUT /calls/c1/hold', 'DELETE /calls/c1/hold'])
})

it.each<Role>(['agent', 'reviewer'])('shows %s no hold', async (role) => {
  await show(role)
  expect(screen.queryByTestId('hold-panel')).toBeNull()
})
