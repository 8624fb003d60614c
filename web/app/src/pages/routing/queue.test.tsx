// @vitest-environment jsdom
import { cleanup, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import type { RoutingQueue } from '../../api/types'
import { fieldFor } from './faults'
import { newQueue, queueBody, queueValues } from './queueForm'
import QueuePage from './QueuePage'
import { answers, changes, forget, prepare, press, refusal, show, type } from './testing'

vi.mock('../../api/client', async (original) => ({
  ...(await original<object>()),
  client: (await import('openapi-fetch')).default({ baseUrl: 'http://hotline.test/api/v1', fetch: async (request) => (await import('./testing')).server(request) }),
}))

const navigate = vi.fn()
let search: { id?: string } = {}
vi.mock('@tanstack/react-router', () => ({ useNavigate: () => navigate, useSearch: () => search, Link: () => null }))

const main: RoutingQueue = {
  id: 'main', name: 'Main', skills: [{ name: 'general', level: 1 }], priority: 0, maxWait: 600, languages: [], topics: ['water'], strategy: 'longest-idle', lastAgent: 0,
  rings: [{ after: 60, skills: [] }], hours: null, closed: { say: '', exit: { kind: 'callback', id: '', timeout: 0 } },
  targets: [{ kind: 'outside', id: '09912345', timeout: 20, after: 120, ratio: 1.5 }, { kind: 'callback', id: '', timeout: 0, after: 300, ratio: 0 }],
  callback: { mode: 'agent-first', again: [300] }, languageWait: 0,
}

beforeAll(prepare)
beforeEach(() => {
  search = { id: 'main' }
  answers['GET /routing/queues'] = { items: [main] }
  answers['GET /routing/skills'] = { items: [{ id: 'general', name: 'General' }] }
})
afterEach(() => {
  cleanup()
  forget()
  navigate.mockClear()
})

const open = async () => {
  const page = show(<QueuePage />)
  await screen.findByTestId('edit-save')
  return page
}

it('keeps what it does not change', () => {
  expect(queueBody(queueValues(main))).toEqual(main)
  const hours = { workday: [{ from: '09:30', to: '19:30' }], weekend: [], holiday: [] }
  expect(queueBody(queueValues({ ...main, hours })).hours).toEqual(hours)
  expect(queueBody({ ...queueValues(newQueue), targets: [{ kind: 'callback', id: '12345', after: 9 }] }).targets).toEqual([{ kind: 'callback', id: '', timeout: 0, after: 9, ratio: 0 }])
})

it('saves a queue whole', async () => {
  await open()
  type('Name', 'Enterprises')
  press('edit-save')
  await waitFor(() => expect(changes()).toEqual([{ ask: 'PUT /routing/queues/main', body: { ...main, name: 'Enterprises' } }]))
  await waitFor(() => expect(navigate).toHaveBeenCalledWith({ to: '/routing', search: { part: 'queues' } }))
  expect(sessionStorage.length).toBe(0)
})

it('shows what the server refuses at its field', async () => {
  answers['PUT /routing/queues/main'] = refusal({ 'rings.0.after': '须逐级递增', 'targets.0.id': '绕回', 'rings.0.skills': '不能更高' })
  await open()
  press('edit-save')
  await screen.findByRole('alert')
  for (const [id, text] of [['rings_0_after', '须逐级递增'], ['targets_0_id', '绕回']] as const) {
    await waitFor(() => expect(document.getElementById(`${id}_help`)?.textContent).toBe(text))
    expect(document.getElementById(id)?.getAttribute('aria-invalid')).toBe('true')
  }
  expect(screen.getAllByText('不能更高').some((one) => one.closest('.rows .rows'))).toBe(true)
})

it('finds the field, or what it is a part of', () => {
  const known = [['languages'], ['skills'], ['skills', 0, 'name']]
  expect(['languages.1', 'skills.0.name', 'skills.3', 'body'].map((field) => fieldFor(known, field))).toEqual([['languages'], ['skills', 0, 'name'], ['skills'], undefined])
})

it('tells the second of two who change the same, who may then decide', async () => {
  await open()
  type('Name', 'Mine')
  answers['GET /routing/queues'] = { items: [{ ...main, name: 'Theirs' }] }
  press('edit-save')
  await screen.findByTestId('edit-anyway')
  expect(screen.getByRole('alert').textContent).toContain('Somebody else has changed this')
  expect(changes()).toEqual([])
  press('edit-anew')
  await waitFor(() => expect(screen.getByTestId<HTMLInputElement>('queue-name').value).toBe('Theirs'))
  type('Name', 'Mine')
  answers['GET /routing/queues'] = { items: [main] }
  press('edit-save')
  await screen.findByTestId('edit-anyway')
  press('edit-anyway')
  await waitFor(() => expect(changes()).toEqual([{ ask: 'PUT /routing/queues/main', body: { ...main, name: 'Mine' } }]))
})

it('loses nothing silently: what was typed is there again, until it is discarded', async () => {
  const page = await open()
  type('Name', 'Half done')
  page.unmount() // a call was answered
  await open()
  expect(screen.getByTestId<HTMLInputElement>('queue-name').value).toBe('Half done')
  expect(screen.getByText('Your changes that were not saved are back.')).toBeTruthy()
  const leaving = new Event('beforeunload', { cancelable: true })
  window.dispatchEvent(leaving)
  expect(leaving.defaultPrevented).toBe(true)
  screen.getByText('Cancel').click()
  await screen.findByTestId('edit-discard')
  press('edit-discard')
  await waitFor(() => expect(screen.getByTestId<HTMLInputElement>('queue-name').value).toBe('Main'))
  expect(sessionStorage.length).toBe(0)
})

it('makes no new queue of an id that is taken', async () => {
  search = {}
  await open()
  type('Name', 'Another')
  type('Id', 'main')
  press('edit-save')
  await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('This id is taken'))
  expect(changes()).toEqual([])
  type('Id', 'night')
  press('edit-save')
  await waitFor(() => expect(changes()).toMatchObject([{ ask: 'PUT /routing/queues/night', body: { id: 'night', name: 'Another', hours: null, maxWait: 600 } }]))
})
