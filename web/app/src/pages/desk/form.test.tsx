// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { draftPlace, keepDraft } from '../../app/drafts'
import english from '../../locales/en.json'
import { TicketForm } from './TicketForm'
import type { LodgeDraft } from './ticketDraft'

vi.mock('../../api/client', async (original) => ({
  ...(await original<object>()),
  client: (await import('openapi-fetch')).default({ baseUrl: 'http://hotline.test/api/v1', fetch: (request) => server(request) }),
}))
vi.mock('@tanstack/react-router', () => ({ useRouter: () => undefined, Link: () => <a>ticket</a> }))

/** What POST /tickets got: its key and body; answered by `answer`. */
let lodged: { key: string | null; body: Record<string, unknown> }[] = []
let answer: () => Response

const json = (body: object, status = 200) => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })

async function server(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (pathname.endsWith('/pop')) return json({ earlierCalls: [], openTickets: [], requester: { name: '王建国', gender: 'male' } })
  if (pathname !== '/api/v1/tickets') return json({ items: [] })
  lodged.push({ key: request.headers.get('Idempotency-Key'), body: (await request.json()) as Record<string, unknown> })
  return answer()
}

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: 'en', resources: { en: { translation: english } } })
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} })
  vi.stubGlobal('matchMedia', () => ({ matches: false, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} }))
  Element.prototype.scrollIntoView = () => undefined
})

beforeEach(() => {
  sessionStorage.clear()
  lodged = []
  answer = () => json({ number: '20261125-000001' })
})

afterEach(cleanup)

/** The desk's form as it stands after the page was loaded. */
function open(owner: string, call?: string) {
  cleanup()
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  queries.setQueryData(['session'], { account: { id: owner }, csrf: '' })
  render(<QueryClientProvider client={queries}><TicketForm call={call} number="138****1000" /></QueryClientProvider>)
}

const field = (id: string) => screen.getByTestId<HTMLInputElement>(id)
const type = (id: string, value: string) => fireEvent.change(field(id), { target: { value } })

/** A draft with what the choosers of the form hold. */
function draft(owner: string, call: string): void {
  const kept: LodgeDraft = { key: 'f'.repeat(32), fields: { category: '010301', title: '路灯不亮', content: '三盏' } }
  keepDraft(sessionStorage, draftPlace(owner, call), kept, 1)
}

it('comes back whole after a reload: fields and a half-written answer, for the same person', () => {
  open('a1', 'c1')
  type('ticket-title', '路灯不亮')
  fireEvent.click(screen.getByTestId('ticket-answer'))
  type('answer-text', '已告知办理流程')
  open('a1', 'c1')
  expect(field('ticket-title').value).toBe('路灯不亮')
  expect(field('answer-text').value).toBe('已告知办理流程')
  open('a2', 'c1')
  expect(field('ticket-title').value).toBe('')
})

it('sends the same key again when the first answer was lost, a reload between', async () => {
  draft('a1', 'c1')
  answer = () => {
    throw new TypeError('network lost')
  }
  open('a1', 'c1')
  fireEvent.click(screen.getByTestId('ticket-submit'))
  await waitFor(() => expect(screen.getByRole('alert').textContent).toBe(english.fault.network))
  answer = () => json({ number: '20261125-000001' })
  open('a1', 'c1')
  fireEvent.click(screen.getByTestId('ticket-submit'))
  await screen.findByRole('status')
  expect(lodged.map((one) => one.key)).toEqual(['f'.repeat(32), 'f'.repeat(32)])
})

it('takes a new key once the server has another ticket under the old one', async () => {
  draft('a1', 'c1')
  answer = () => json({ code: 'key-reused', message: '' }, 409)
  open('a1', 'c1')
  fireEvent.click(screen.getByTestId('ticket-submit'))
  await waitFor(() => expect(screen.getByRole('alert').textContent).toBe(english.fault['key-reused']))
  fireEvent.click(screen.getByTestId('ticket-submit'))
  await waitFor(() => expect(lodged).toHaveLength(2))
  expect(lodged[1]!.key).not.toBe(lodged[0]!.key)
})

it('asks a caller with a second matter not again who he is', async () => {
  draft('a1', 'c1')
  open('a1', 'c1')
  await waitFor(() => expect(screen.getByLabelText<HTMLInputElement>(english.form.name).value).toBe('王建国'))
  fireEvent.click(screen.getByTestId('ticket-submit'))
  fireEvent.click(await screen.findByRole('button', { name: english.form.another }))
  expect((await screen.findByLabelText<HTMLInputElement>(english.form.name)).value).toBe('王建国')
  expect(field('ticket-title').value).toBe('')
})

it('leads to the first field that is wrong', async () => {
  open('a1', 'c1')
  fireEvent.click(screen.getByTestId('ticket-submit'))
  await waitFor(() => expect(document.activeElement?.id).toBe('category'))
  expect(lodged).toEqual([])
})

it('takes a caller as told only while he is on the line', () => {
  const told = () => screen.queryByRole<HTMLInputElement>('checkbox', { name: english.form.told })
  open('a1', 'c1')
  fireEvent.click(screen.getByTestId('ticket-answer'))
  expect(told()?.checked).toBe(true)
  open('a1')
  fireEvent.click(screen.getByTestId('ticket-answer'))
  expect(told()).toBeNull() // nobody to have told: the server would refuse it
})
