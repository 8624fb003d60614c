// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { CallEntry } from '../../api/types'
import english from '../../locales/en.json'
import { Working } from './Working'

vi.mock('../../api/client', async (original) => ({
  ...(await original<object>()),
  client: (await import('openapi-fetch')).default({ baseUrl: 'http://hotline.test/api/v1', fetch: (request) => server(request) }),
}))
vi.mock('@tanstack/react-router', () => ({ Link: () => null }))
const request = vi.fn(() => Promise.resolve({ ok: true }))
vi.mock('../../softphone/ui/PhoneContext', () => ({ usePhone: () => ({ request }), usePhoneState: () => ({}) }))
vi.mock('../../softphone/machine', () => ({ allowed: () => ({ dial: true }) }))

const at = '2026-11-25T08:00:00Z'
let entry: CallEntry
let asked: string[] = []

async function server(one: Request): Promise<Response> {
  const path = new URL(one.url).pathname.replace('/api/v1', '')
  if (one.method !== 'GET') asked.push(`${path} ${await one.text()}`.trim())
  const body = path === '/call-lists' ? { items: [] } : path === '/call-entries/next' ? { entry } : entry
  return new Response(JSON.stringify(body), { headers: { 'Content-Type': 'application/json' } })
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

function show() {
  entry = { id: 'e1', list: 'l', listName: 'Streetlights', kind: 'followUp', number: '138****1000', name: 'Zhang', note: 'ask', dueAt: at, answered: false, leasedBy: 'Me', leasedTo: at, tries: [] }
  const queries = new QueryClient()
  queries.setQueryData(['session'], { account: { id: 'me', role: 'agent' }, csrf: '' })
  render(<QueryClientProvider client={queries}><Working /></QueryClientProvider>)
}

it('takes somebody, shows him before dialling, calls by his id and says what came of it', async () => {
  show()
  fireEvent.click(screen.getByTestId('next-entry'))
  await screen.findByText('138****1000')
  expect(screen.getByText('Streetlights')).toBeTruthy()
  entry = { ...entry, dialled: 'c1' }
  fireEvent.click(screen.getByTestId('call-entry'))
  await screen.findByTestId('save-result')
  expect(request).toHaveBeenCalledWith({ type: 'dial', entry: 'e1' })

  fireEvent.mouseDown(screen.getByTestId('entry-result').querySelector('input') ?? screen.getByTestId('entry-result'))
  fireEvent.click(await screen.findByText('Reached'))
  entry = { ...entry, dialled: undefined, leasedBy: undefined, leasedTo: undefined, ended: 'result', result: 'reached', tries: [{ n: 1, at, call: 'c1', agent: 'Me', result: 'reached', note: '' }] }
  fireEvent.click(screen.getByTestId('save-result'))
  await waitFor(() => expect(asked).toContain('/call-entries/e1/result {"result":"reached","note":"","doNotCall":false}'))
  expect((await screen.findByTestId('entry-over')).textContent).toContain('Noted: Reached.')
})

it('shows what the system noted by itself of a call that nobody answered', async () => {
  show()
  fireEvent.click(screen.getByTestId('next-entry'))
  await screen.findByTestId('call-entry')
  entry = { ...entry, leasedBy: undefined, leasedTo: undefined, result: 'busy', tries: [{ n: 1, at, call: 'c1', agent: 'Me', result: 'busy', note: '' }] }
  fireEvent.click(screen.getByTestId('call-entry'))
  expect((await screen.findByTestId('entry-over')).textContent).toContain('Noted: Busy.')
})
