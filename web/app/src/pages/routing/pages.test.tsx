// @vitest-environment jsdom
import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import { EmergencyBanner } from '../../app/EmergencyBanner'
import { isolate } from '../../components/isolate'
import { AgentList } from './AgentList'
import DirectoryPage from './DirectoryPage'
import EmergencyPage from './EmergencyPage'
import { LanguageKeyForm } from './LanguageKeyForm'
import MarksPage from './MarksPage'
import { fromField, toField } from './moment'
import { SkillForm } from './SkillForm'
import { answers, changes, forget, prepare, press, refusal, show, type } from './testing'
import { Trunks } from './Trunks'

vi.mock('../../api/client', async (original) => ({
  ...(await original<object>()),
  client: (await import('openapi-fetch')).default({ baseUrl: 'http://hotline.test/api/v1', fetch: async (request) => (await import('./testing')).server(request) }),
}))
vi.mock('@tanstack/react-router', () => ({ useNavigate: () => vi.fn(), Link: ({ children }: { children: React.ReactNode }) => <a>{children}</a> }))

beforeAll(prepare)
afterEach(() => {
  cleanup()
  forget()
})

const until = new Date(Date.now() + 3 * 3_600_000).toISOString()
const emergency = { reason: 'Snow', say: 'Press 5 about the snow.', key: '5', queue: '', priority: 600, surge: true, since: new Date().toISOString(), until }

it('reads and writes times as Beijing has them, whatever the computer has', () => {
  expect(toField('2026-11-25T16:05:00Z')).toBe('2026-11-26T00:05')
  expect(fromField('2026-11-26T00:05')).toBe('2026-11-25T16:05:00.000Z')
})

it('begins an emergency with what it needs, and not without an end that may be', async () => {
  answers['GET /routing/emergency'] = { active: false }
  show(<EmergencyPage />)
  await screen.findByTestId('emergency-none')
  type('Reason', 'Snow')
  type('Key', '5')
  press('edit-save')
  await screen.findByText('With a key, the announcement has to name it.')
  expect(changes()).toEqual([])
  type('Announcement', 'Press 5 about the snow.')
  fireEvent.click(screen.getByText('1 days'))
  answers['PUT /routing/emergency'] = refusal({ key: '重复，请去掉一个。' })
  press('edit-save')
  await waitFor(() => expect(document.getElementById('key_help')?.textContent).toBe('重复，请去掉一个。'))
  answers['PUT /routing/emergency'] = { active: true, emergency }
  answers['GET /routing/emergency'] = { active: true, emergency }
  press('edit-save')
  await screen.findByTestId('emergency-running')
  const { until: end, ...body } = changes().at(-1)!.body as { until: string }
  expect(body).toEqual({ reason: 'Snow', say: 'Press 5 about the snow.', key: '5', queue: '', priority: 600, surge: true })
  expect(Math.abs(Date.parse(end) - Date.now() - 86_400_000)).toBeLessThan(2 * 3_600_000)
})

it('takes no end that is over, as of a form that lay too long', async () => {
  sessionStorage.setItem('hotline.draft.me.emergency', JSON.stringify({ at: 1, draft: { values: { reason: 'Snow', say: '', key: '', queue: '', priority: 0, surge: false, until: '2026-01-01T00:00' } } }))
  show(<EmergencyPage />)
  fireEvent.click(await screen.findByTestId('edit-save'))
  await screen.findByText('It has to be later than now, and no later than is allowed.')
  expect(changes()).toEqual([])
})

it('shows everybody that there is an emergency, and who may how to end it', async () => {
  answers['GET /routing/emergency'] = { active: true, emergency }
  show(<EmergencyBanner role="agent" />)
  const banner = await screen.findByTestId('emergency-banner')
  expect(banner.textContent).toContain(`Emergency: ${isolate('Snow')}`)
  expect(banner.textContent).toContain('Calls that press 5')
  expect(screen.queryByText('Manage')).toBeNull()
  cleanup()
  show(<><EmergencyBanner role="admin" /><EmergencyPage /></>, 'admin')
  await screen.findByText('Manage')
  fireEvent.click(await screen.findByTestId('emergency-end'))
  answers['GET /routing/emergency'] = { active: false }
  fireEvent.click(await screen.findByTestId('emergency-end-yes'))
  await screen.findByTestId('emergency-none')
  expect(changes()).toEqual([{ ask: 'DELETE /routing/emergency', body: undefined }])
  expect(screen.queryByTestId('emergency-banner')).toBeNull()
})

const mark = { id: 'm1', number: '138****1000', kind: 'harassment', group: '', priority: 0, note: 'Says nothing', until, by: 'Ann', at: until, state: 'pending', call: 'c1' }

it('approves a mark for a while, or does not', async () => {
  answers['GET /routing/marks'] = { items: [mark] }
  show(<MarksPage />)
  fireEvent.click(await screen.findByTestId('mark-approve'))
  type('Priority', '-600')
  fireEvent.click(screen.getByText('30 days'))
  press('edit-save')
  await waitFor(() => expect(changes()).toMatchObject([{ ask: 'POST /routing/marks/m1/approve', body: { priority: -600 } }]))
  const { until: end } = changes()[0]!.body as { until: string }
  expect(Date.parse(end) - Date.now()).toBeGreaterThan(29 * 86_400_000)
  expect(Date.parse(end) - Date.now()).toBeLessThanOrEqual(30 * 86_400_000)
  fireEvent.click(screen.getByTestId('mark-end'))
  fireEvent.click(await screen.findByTestId('mark-end-yes'))
  await waitFor(() => expect(changes().at(-1)).toMatchObject({ ask: 'POST /routing/marks/m1/end' }))
})

it('marks a number by list: a note for who lets others go first', async () => {
  show(<MarksPage />)
  press('mark-add')
  type('Number', '13800001000')
  fireEvent.click(screen.getByLabelText('Repeat caller'))
  press('edit-save')
  await waitFor(() => expect(document.getElementById('note_help')).toBeTruthy())
  expect(changes()).toEqual([])
  type('Note', 'The same again')
  press('edit-save')
  await waitFor(() => expect(changes()).toMatchObject([{ ask: 'POST /routing/marks', body: { number: '13800001000', kind: 'repeat', group: '', priority: -300, note: 'The same again' } }]))
})

it('keeps the directory: an agency for an expert alone', async () => {
  answers['GET /routing/directory'] = { items: [{ id: 'water', kind: 'expert', name: 'Water', agency: 'SHUIWU', number: '09911234' }] }
  answers['GET /agencies'] = { items: [{ code: 'SHUIWU', name: 'Waterworks' }] }
  show(<DirectoryPage />)
  fireEvent.click(await screen.findByTestId('entry-water'))
  expect(screen.getByTestId<HTMLInputElement>('entry-id').disabled).toBe(true)
  type('Number', '09915678')
  press('edit-save')
  await waitFor(() => expect(changes()).toEqual([{ ask: 'PUT /routing/directory/water', body: { id: 'water', kind: 'expert', name: 'Water', agency: 'SHUIWU', number: '09915678' } }]))
})

it('says what an agent may be offered, and changes it', async () => {
  const ann = { account: 'a1', login: 'ann', name: 'Ann', languages: ['zh'], queues: ['main'], skills: [{ name: 'general', level: 3 }] }
  answers['GET /routing/agents'] = { items: [ann] }
  answers['GET /routing/queues'] = { items: [] }
  answers['GET /routing/skills'] = { items: [{ id: 'general', name: 'General' }] }
  show(<AgentList />)
  fireEvent.click(await screen.findByTestId('ability-ann'))
  await screen.findByText('General 3')
  fireEvent.click(screen.getByRole('switch'))
  type('Level', '5')
  press('edit-save')
  await waitFor(() => expect(changes()).toEqual([{ ask: 'PUT /routing/agents/a1', body: { queues: ['main'], skills: [{ name: 'general', level: 5 }], surge: true } }]))
})

it('changes the catalogue of skills and the keys of languages, in their order', async () => {
  answers['GET /routing/skills'] = { items: [{ id: 'general', name: 'General' }, { id: 'law', name: 'Law' }] }
  answers['GET /routing/languages'] = { items: [{ language: 'ug', key: '2' }, { language: 'kk', key: '3' }] }
  const page = show(<SkillForm />)
  fireEvent.click((await screen.findAllByLabelText('Down'))[0]!)
  press('edit-save')
  await waitFor(() => expect(changes()).toEqual([{ ask: 'PUT /routing/skills', body: { items: [{ id: 'law', name: 'Law' }, { id: 'general', name: 'General' }] } }]))
  page.unmount()
  show(<LanguageKeyForm />)
  await screen.findAllByLabelText('Key')
  fireEvent.change(screen.getAllByLabelText('Key')[1]!, { target: { value: '9' } })
  press('edit-save')
  await waitFor(() => expect(changes().at(-1)).toEqual({ ask: 'PUT /routing/languages', body: { items: [{ language: 'ug', key: '2' }, { language: 'kk', key: '9' }] } }))
})

it('says how the lines fare', async () => {
  const line = { up: true, registers: false, in: 3, out: 1, passedOn: 0 }
  answers['GET /trunks'] = { node: 'n1', items: [{ ...line, name: 'main' }, { ...line, name: 'reserve', up: false, registers: true, failure: { at: until, what: 'register', code: 403 } }] }
  show(<Trunks />)
  await screen.findByText('reserve')
  expect(screen.getByText('SIP 403')).toBeTruthy()
  expect([screen.getByText('Down'), screen.getByText('Not registered'), screen.getByText('Not needed')].length).toBe(3)
})
