// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, render, screen } from '@testing-library/react'
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import type { ReactNode } from 'react'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import english from '../../locales/en.json'
import AccessLogPage from './AccessLogPage'

vi.mock('../../api/client', async (original) => ({
  ...(await original<object>()),
  client: (await import('openapi-fetch')).default({ baseUrl: 'http://hotline.test/api/v1', fetch: () => Promise.resolve(Response.json({ items })) }),
}))
vi.mock('@tanstack/react-router', () => ({ Link: ({ children }: { children: ReactNode }) => <a>{children}</a> }))

const call = '0197e1c2-0000-7000-8000-000000000001'
const mark = '0197e1c2-0000-7000-8000-000000000002'
/** What is written, and how it reads. */
const rows: [action: string, subject: string, detail: string, text: string][] = [
  ['recording.pause', call, '2026-11-25T08:00:00Z 2026-11-25T08:00:40Z time-out', `Paused the recording|Call record ${call}|2026-11-25 16:00 – 16:00:40 · resumed by itself`],
  ['call.watched', call, 'whisper 70s over Ann', `Was in a call|Call record ${call}|Whisper 1:10 · Ann`],
  ['recording.hold', call, '[a] complaint in court', `Hold recordings|Call record ${call}|[a] complaint in court`],
  ['routing.agent', 'Ann', '{"queues":["main"]}', `Changed an agent's queues and skills|Ann|What was written{\n  "queues": [\n    "main"\n  ]\n}`],
  ['mark.end', mark, 'null', `Ended the mark of a number|${mark}|`],
  ['emergency.declare', 'flood', '{"key":"8"}', 'Declared an emergency|flood|What was written{\n  "key": "8"\n}'],
  ['agent.status', 'Ann', 'break', "Set an agent's status|Ann|break"],
]
const items = rows.map(([action, subject, detail], id) => ({ id, at: '2026-11-25T08:01:00Z', actor: 'Sue', action, subject, detail }))

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: 'en', resources: { en: { translation: english } }, interpolation: { escapeValue: false } })
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} })
  vi.stubGlobal('matchMedia', () => ({ matches: false, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} }))
})
afterEach(cleanup)

it('says in words what was done, to what, and how', async () => {
  render(<QueryClientProvider client={new QueryClient()}><AccessLogPage /></QueryClientProvider>)
  await screen.findByText('Declared an emergency')
  const shown = [...document.querySelectorAll('tbody tr.ant-table-row')].map((row) => [...row.querySelectorAll('td')].slice(2).map((cell) => cell.textContent).join('|'))
  expect(shown).toEqual(rows.map((row) => row[3]))
})
