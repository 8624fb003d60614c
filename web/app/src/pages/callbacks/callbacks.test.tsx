// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import english from '../../locales/en.json'
import CallbacksPage from './CallbacksPage'

vi.mock('../../api/client', async (original) => ({
  ...(await original<object>()),
  client: (await import('openapi-fetch')).default({ baseUrl: 'http://hotline.test/api/v1', fetch: (request) => server(request) }),
}))
vi.mock('../../softphone/ui/PhoneContext', () => ({ usePhone: () => ({}), usePhoneState: () => ({ link: 'off' }) }))

/** 70 missed calls in pages of 50, as the server gives them. */
async function server(request: Request): Promise<Response> {
  const query = new URL(request.url).searchParams
  const first = Number(query.get('after') ?? 0)
  const last = Math.min(first + 50, 70)
  const items = Array.from({ length: last - first }, (_, n) => ({
    id: `cb${first + n}`, number: '138****1000', reason: 'abandoned', createdAt: '2026-11-25T08:00:00Z', state: query.get('state'),
  }))
  return Response.json({ items, ...(last < 70 && { next: String(last) }) })
}

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: 'en', resources: { en: { translation: english } } })
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} })
  vi.stubGlobal('matchMedia', () => ({ matches: false, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} }))
})
afterEach(cleanup)

it('shows every missed call, a page at a time', async () => {
  const queries = new QueryClient()
  queries.setQueryData(['session'], { account: { id: 'me', role: 'agent' }, csrf: '' })
  render(<QueryClientProvider client={queries}><CallbacksPage /></QueryClientProvider>)
  const more = await screen.findByTestId('more')
  expect(screen.getAllByTestId('claim')).toHaveLength(50)
  fireEvent.click(more)
  await vi.waitFor(() => expect(screen.getAllByTestId('claim')).toHaveLength(70), { timeout: 60_000 })
  expect(screen.queryByTestId('more')).toBeNull()
})
