// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import type { Ticket } from '../../api/types'
import english from '../../locales/en.json'
import { Actions } from './Actions'

vi.mock('@tanstack/react-router', () => ({ useRouter: () => undefined }))

const ticket = (over: Partial<Ticket>): Ticket => ({ number: '20261125-000001', version: 3, state: 'assigned', assignments: [], commands: [], ...over } as unknown as Ticket)
const assignment = { id: 's1', agency: '01', state: 'inHandling' } as Ticket['assignments'][number]
const handled = (version: number) => ticket({ version, assignments: [assignment], commands: ['reply'] })

const page = (shown: Ticket) => {
  const queries = new QueryClient()
  queries.setQueryData(['session'], { account: { id: 'a1', agency: '01' }, csrf: '' })
  return <QueryClientProvider client={queries}><Actions ticket={shown} /></QueryClientProvider>
}

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: 'en', resources: { en: { translation: english } } })
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} })
  vi.stubGlobal('matchMedia', () => ({ matches: false, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} }))
  vi.stubGlobal('fetch', () => new Promise(() => {}))
})
beforeEach(() => sessionStorage.clear())
afterEach(cleanup)

const done = () => screen.getByTestId<HTMLTextAreaElement>('reply-done').value

it('keeps a half-written reply while the ticket changes under it, and over a reload', () => {
  const { rerender, unmount } = render(page(handled(3)))
  fireEvent.change(screen.getByTestId('reply-done'), { target: { value: '已更换灯具' } })
  rerender(page(handled(4)))
  expect(done()).toBe('已更换灯具')
  unmount()
  render(page(handled(4)))
  expect(done()).toBe('已更换灯具')
})

it('takes no caller as told by who has not got him on the line', () => {
  render(page(ticket({ state: 'toDispatch', commands: ['answer'] })))
  expect(screen.queryByRole('checkbox', { name: english.form.told, hidden: true })).toBeNull()
})

it('counts a caller who was told meanwhile as reached', () => {
  const { rerender } = render(page(ticket({ state: 'followUp', commands: ['told'] })))
  const reached = () => screen.getByRole<HTMLInputElement>('checkbox', { name: english.followUp.contacted }).checked
  expect(reached()).toBe(false)
  rerender(page(ticket({ state: 'followUp', commands: ['followUp'], version: 4 })))
  expect(reached()).toBe(true)
})
