// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import english from '../../locales/en.json'
import { answers, changes, forget, prepare, press } from '../../pages/routing/testing'
import type { DeskCall } from '../protocol'
import { MarkControl } from './MarkControl'

vi.mock('../../api/client', async (original) => ({
  ...(await original<object>()),
  client: (await import('openapi-fetch')).default({ baseUrl: 'http://hotline.test/api/v1', fetch: async (request) => (await import('../../pages/routing/testing')).server(request) }),
}))

const call: DeskCall = {
  call: 'c1', kind: 'inbound', state: 'talking', number: '138****1000', queue: 'main', startedAt: '2026-11-25T08:00:00Z', muted: false, recording: true, role: 'agent',
}
const ask = 'POST /calls/c1/mark'

beforeAll(prepare)
afterEach(() => {
  cleanup()
  forget()
})

function bar() {
  const queries = new QueryClient()
  const desk = (now: DeskCall | undefined) => <QueryClientProvider client={queries}><MarkControl call={now} /></QueryClientProvider>
  const { rerender } = render(desk(call))
  return { show: (now: DeskCall | undefined) => rerender(desk(now)) }
}

it('marks whom one talks with, if he shows a number', async () => {
  const { show } = bar()
  show({ ...call, number: '' })
  expect(screen.queryByTestId('mark-green')).toBeNull()
  show({ ...call, role: 'supervisor' })
  expect(screen.queryByTestId('mark-green')).toBeNull()
  show(call)
  answers[ask] = Response.json({ id: 'm1', state: 'active' }, { status: 201 })
  press('mark-green')
  fireEvent.click(await screen.findByTestId('mark-send'))
  expect((await screen.findByTestId('mark-done')).textContent).toBe(english.mark.active)
  expect(changes()).toEqual([{ ask, body: { kind: 'green', group: 'old', note: '' } }])
})

it('wants a note of who lets others go first, and keeps what is typed when the call ends', async () => {
  const { show } = bar()
  press('mark-caller')
  const note = await screen.findByTestId('mark-note')
  press('mark-send')
  await waitFor(() => expect(note.getAttribute('aria-invalid')).toBe('true'))
  expect(changes()).toEqual([])
  fireEvent.change(note, { target: { value: 'Says nothing' } })
  show(undefined) // his time after the call is over
  fireEvent.click(screen.getByLabelText(english.mark.kinds.harassment))
  answers[ask] = Response.json({ code: 'marked', message: '已标记' }, { status: 409 })
  press('mark-send')
  await screen.findByText(english.fault.marked)
  answers[ask] = Response.json({ id: 'm1', state: 'pending' }, { status: 201 })
  press('mark-send')
  expect((await screen.findByTestId('mark-done')).textContent).toBe(english.mark.pending)
  expect(changes().map((one) => one.body)).toEqual(Array(2).fill({ kind: 'harassment', group: '', note: 'Says nothing' }))
})
