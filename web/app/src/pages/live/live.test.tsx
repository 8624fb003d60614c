// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, render, screen, within } from '@testing-library/react'
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { LiveView } from '../../api/types'
import english from '../../locales/en.json'
import LivePage from './LivePage'

vi.mock('../../api/client', async (original) => ({
  ...(await original<object>()),
  client: (await import('openapi-fetch')).default({ baseUrl: 'http://hotline.test/api/v1', fetch: () => Promise.resolve(Response.json(view())) }),
}))
vi.mock('@tanstack/react-router', () => ({ useNavigate: () => vi.fn() }))

const ago = (seconds: number) => new Date(Date.now() - 1000 * seconds).toISOString()
let offered = 20

const view = (): LiveView => ({
  at: ago(0),
  waiting: [
    { call: 'w1', queue: 'main', number: '138****1000', since: ago(75), state: 'queued' },
    { call: 'w2', queue: 'main', number: '', since: ago(5), state: 'queued' },
  ],
  talking: [],
  agents: [],
  today: {
    offered, answered: 15, abandoned: 4, shortAbandoned: 1, unrecorded: 2, asaMs: 8000,
    serviceLevel: { formula: 'answered ≤ 15 s ÷ (offered − abandoned < 5 s)', value: 0.7368 },
  },
  tickets: { byState: { toDispatch: 3, assigned: 12 }, overdue: 2, toTell: 5 },
})

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: 'en', resources: { en: { translation: english } } })
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} })
  vi.stubGlobal('matchMedia', () => ({ matches: false, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} }))
})
afterEach(cleanup)

async function show() {
  const queries = new QueryClient()
  queries.setQueryData(['session'], { account: { id: 'me', role: 'supervisor' }, csrf: '' })
  render(<QueryClientProvider client={queries}><LivePage /></QueryClientProvider>)
  await screen.findByTestId('live-waiting')
}
const number = (title: string) => screen.getByText(title).closest('.panel')!.textContent

it('shows who waits and for how long, how the day goes, and the tickets', async () => {
  await show()
  const waiting = within(screen.getByTestId('live-waiting'))
  expect(waiting.getByRole('heading').textContent).toBe('Waiting (2)')
  const rows = [...screen.getByTestId('live-waiting').querySelectorAll('tbody tr.ant-table-row')].map((row) => row.textContent)
  expect(rows[0]).toMatch(/^138\*{4}1000.*1:1\d$/)
  expect(rows[1]).toMatch(/^Number withheld.*0:0\d$/)
  for (const [title, figure] of [['Offered today', '20'], ['Answered', '15'], ['Abandoned', '4'], ['Abandoned early', '1'], ['Service level', '73.7%'], ['Average speed of answer', '0:08'], ['Calls not fully recorded', '2']] as const) {
    expect(number(title), title).toContain(figure)
  }
  expect(screen.getByTestId('formula').textContent).toContain('answered within 15 s ÷ (offered − abandoned within 5 s)')
  const tickets = [...screen.getByTestId('live-tickets').querySelectorAll('li')].map((one) => one.textContent)
  expect(tickets).toEqual(['To dispatch 3', 'With the agency 12', 'Overdue 2', 'To be told 5'])
})

it('shows no service level of a day without calls', async () => {
  offered = 0
  await show()
  expect(number('Service level')).toContain('–')
})
