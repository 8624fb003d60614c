// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { LiveView, Role } from '../../api/types'
import english from '../../locales/en.json'
import { Agents } from './Agents'
import { Talking } from './Talking'

vi.mock('../../api/client', async (original) => ({
  ...(await original<object>()),
  client: (await import('openapi-fetch')).default({ baseUrl: 'http://hotline.test/api/v1', fetch: (request) => server(request) }),
}))

const navigate = vi.fn()
vi.mock('@tanstack/react-router', () => ({ useNavigate: () => navigate }))

const at = '2026-11-25T08:00:00Z'
const talking = { kind: 'inbound', number: '138****1000', since: at, state: 'talking' } as const
const agent = { status: 'available', state: 'talking', since: at, online: true, mediaUp: true } as const
const view = {
  talking: [{ ...talking, call: 'c1', agent: 'a1' }, { ...talking, call: 'c2', agent: 'me' }, { ...talking, call: 'c3', agent: 'a3', supervisor: 'me', mode: 'whisper' }],
  agents: [{ ...agent, agent: 'a1', name: 'Ann' }, { ...agent, agent: 'a3', name: 'Cat', status: 'break', state: 'idle' }, { ...agent, agent: 'me', name: 'Sue' }],
} as unknown as LiveView

let asked: string[] = []
let answer = () => new Response(null, { status: 204 })

async function server(request: Request): Promise<Response> {
  asked.push(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`.trim())
  return answer()
}

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: 'en', resources: { en: { translation: english } } })
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} })
  vi.stubGlobal('matchMedia', () => ({ matches: false, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} }))
})
afterEach(() => {
  cleanup()
  asked = []
})

function show(role: Role) {
  const queries = new QueryClient()
  queries.setQueryData(['session'], { account: { id: 'me', role }, csrf: '' })
  render(<QueryClientProvider client={queries}><Talking view={view} since={(when) => when} /><Agents view={view} since={(when) => when} /></QueryClientProvider>)
}

const press = async (place: string, ...buttons: string[]) => {
  fireEvent.click(within(screen.getByTestId(place)).getByTestId(buttons[0]!))
  for (const next of buttons.slice(1)) fireEvent.click(await screen.findByTestId(next))
  await waitFor(() => expect(asked.length).toBeGreaterThan(0))
  const [last] = asked.splice(0)
  await waitFor(() => expect(screen.getAllByTestId<HTMLButtonElement>('force-break')[0]!.disabled).toBe(false))
  return last
}

it('listens and steps in, and asks before it hurts', async () => {
  show('supervisor')
  expect(screen.queryByTestId('acts-c2')).toBeNull() // her own
  expect(await press('acts-c1', 'supervise-monitor')).toBe('POST /api/v1/calls/c1/supervision {"mode":"monitor"}')
  const whisper = within(screen.getByTestId('acts-c3')).getByTestId('supervise-whisper')
  expect(whisper.getAttribute('aria-pressed')).toBe('true')
  expect(await press('acts-c3', 'stop-supervising')).toBe('DELETE /api/v1/calls/c3/supervision')
  expect(await press('acts-c1', 'take-over', 'take-over-yes')).toBe('POST /api/v1/calls/c1/take-over')
  await waitFor(() => expect(navigate).toHaveBeenCalledWith({ to: '/desk' }))
  expect(await press('acts-c1', 'release', 'release-requeue')).toBe('POST /api/v1/calls/c1/release {"requeue":true}')
  expect(await press('agent-a1', 'force-break')).toBe('PUT /api/v1/agents/a1/status {"status":"break"}')
  expect(await press('agent-a3', 'force-sign-off', 'force-sign-off-yes')).toBe('PUT /api/v1/agents/a3/status {"status":"signedOff"}')
})

it('says what is missing', async () => {
  answer = () => Response.json({ code: 'no-desk', message: '请先上班' }, { status: 409 })
  show('supervisor')
  await press('acts-c1', 'supervise-barge')
  expect((await screen.findByRole('alert')).textContent).toContain('You have no shift yet')
})

it('lets an administrator, who has no telephone, release but not listen', () => {
  show('admin')
  const acts = within(screen.getByTestId('acts-c1'))
  expect(acts.queryByTestId('supervise-monitor')).toBeNull()
  expect(acts.getByTestId('release')).toBeTruthy()
})
