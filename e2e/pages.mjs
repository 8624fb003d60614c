// The pages of who runs the hotline, from outside: a supervisor in a real browser makes a
// queue, is told what is wrong with it at its field, gives it to an agent, keeps the
// directory, approves a mark, and declares an emergency, of which the agent's page knows
// at once. Nothing stands out of its page, and each change is read again by the API.
//
//	node pages.mjs
//
// Pictures of a run stay in e2e/artifacts/pages, or in $ARTIFACTS; LANGUAGE=ug has the
// pages in Uyghur.
import assert from 'node:assert/strict'
import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Desk, openBrowser } from './lib/browser.mjs'
import { Api, Hotline } from './lib/hotline.mjs'
import { stopAll } from './lib/process.mjs'
import { until } from './lib/wait.mjs'

const dir = join(resolve(process.env.ARTIFACTS ?? join(import.meta.dirname, 'artifacts')), 'pages')
const language = process.env.LANGUAGE?.replace(/:.*/, '')
const locale = ['ug', 'kk', 'en'].includes(language) ? language : 'zh-CN'
const say = (text) => console.log(`  ${new Date().toISOString().slice(11, 23)} ${text}`)

/** The picture of a page that is as wide as its window. */
async function look(desk, name) {
  await desk.page.waitForLoadState('networkidle')
  const over = await desk.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  await desk.picture(name)
  assert.ok(over <= 0, `${name}: ${over} px too wide`)
}

/** Opens a page by the menu. */
const open = (desk, path) => desk.page.locator(`nav a[href^="${path}"]`).click()

const first = (desk, id) => desk.page.locator(`#${id}`)

async function makesAQueue(desk, api) {
  await open(desk, '/routing')
  await desk.id('queue-main').waitFor()
  await look(desk, '1-queues')
  await desk.id('queue-add').click()
  await desk.id('queue-name').fill('企业服务')
  await desk.id('queue-id').fill('enterprise')
  await desk.id('queue-always').click()
  await desk.page.locator('.rows').filter({ has: first(desk, 'hours_workday_0_from') }).waitFor()
  await first(desk, 'hours_workday_0_from').fill('19:30')
  await first(desk, 'hours_workday_0_to').fill('09:30')
  await desk.id('edit-save').click()
  await first(desk, 'hours_workday_0_from_help').waitFor()
  await look(desk, '2-queue-refused')
  say('what the server refuses stands at its field')
  await first(desk, 'hours_workday_0_from').fill('09:30')
  await first(desk, 'hours_workday_0_to').fill('19:30')
  await open(desk, '/desk') // as when a call is answered
  await desk.id('start-shift').waitFor()
  await open(desk, '/routing')
  await desk.id('queue-add').click()
  assert.equal(await desk.id('queue-name').inputValue(), '企业服务', 'what was typed is there again')
  await desk.id('edit-save').click()
  await desk.id('queue-enterprise').waitFor()
  const made = (await api.get('/routing/queues')).items.find((one) => one.id === 'enterprise')
  assert.deepEqual(made.hours.workday, [{ from: '09:30', to: '19:30' }])
  say('a queue is made')
  for (const part of ['skills', 'languages', 'agents']) {
    await desk.id(`routing-${part}`).click()
    await desk.page.locator(part === 'agents' ? '[data-testid=ability-agent1]' : '.rows').waitFor()
    await look(desk, `3-${part}`)
  }
  await desk.id('ability-agent1').click()
  await desk.page.locator('.ant-modal .rows').waitFor()
  await look(desk, '4-agent')
  await desk.page.getByRole('switch').click()
  await desk.id('edit-save').click()
  await until('the agent is for emergencies', async () => (await api.get('/routing/agents')).items.some((one) => one.login === 'agent1' && one.surge))
}

async function keepsTheDirectory(desk, api) {
  await open(desk, '/directory')
  await desk.id('directory-add').click()
  await first(desk, 'agency').click()
  await first(desk, 'agency').press('Enter')
  await desk.id('entry-name').fill('路灯管理专家')
  await desk.id('entry-id').fill('lamps')
  await desk.id('entry-number').fill('13800002000')
  await look(desk, '5-entry')
  await desk.id('edit-save').click()
  await desk.id('entry-lamps').waitFor()
  await look(desk, '6-directory')
  assert.equal((await api.get('/routing/directory')).items[0].number, '13800002000')
  say('the directory has a number')
}

async function approvesAMark(desk, api, hotline) {
  await open(desk, '/marks')
  await desk.id('mark-add').click()
  await desk.id('mark-number').fill('13800001000')
  await look(desk, '7-mark')
  await desk.id('edit-save').click()
  await desk.id('mark-end').waitFor()
  await look(desk, '8-marks')
  const marks = (await api.get('/routing/marks?state=active')).items
  assert.deepEqual(marks.map((one) => [one.number, one.kind, one.priority]), [['138****1000', 'green', 300]])
  const [row] = hotline.sql('SELECT position(\'13800001000\'::bytea in number_enc) AS found FROM caller_marks')
  assert.equal(row.found, 0, 'the number lies sealed')
  say('a number is in the green channel')
}

async function declaresAnEmergency(desk, agent, api) {
  await open(desk, '/emergency')
  await desk.id('emergency-reason').fill('暴雪红色预警')
  await desk.id('emergency-say').fill('受暴雪影响来电较多，请耐心等待。')
  await look(desk, '9-emergency')
  await desk.id('edit-save').click()
  await desk.id('emergency-running').waitFor()
  await agent.id('emergency-banner').waitFor()
  await look(desk, '10-running')
  await look(agent, '1-banner')
  assert.equal((await api.get('/routing/emergency')).active, true)
  await desk.id('emergency-end').click()
  await desk.id('emergency-end-yes').click()
  await agent.id('emergency-banner').waitFor({ state: 'detached' })
  say('an emergency begins and ends on every page')
}

async function walk() {
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true })
  const hotline = await Hotline.start({ dir })
  const browser = await openBrowser()
  try {
    const api = await Api.signIn(hotline.url, 'supervisor')
    const [desk, agent] = [await Desk.signIn(browser, hotline.url, 'supervisor', { pictures: dir, locale }), await Desk.signIn(browser, hotline.url, 'agent1', { pictures: dir, locale })]
    try {
      await desk.id('live-trunks').locator('.ant-table-row').first().waitFor()
      await look(desk, '0-live')
      await makesAQueue(desk, api)
      await keepsTheDirectory(desk, api)
      await approvesAMark(desk, api, hotline)
      await declaresAnEmergency(desk, agent, api)
      // The refusal above is an error of the browser's console, and no fault.
      const faults = [...desk.faults, ...agent.faults].filter((text) => !text.includes('400 (Bad Request)'))
      assert.deepEqual(faults, [], 'no fault on the pages')
    } catch (error) {
      await desk.picture('fault').catch(() => {})
      throw error
    }
  } finally {
    await browser.close()
    say(`server ended: ${JSON.stringify(await hotline.down())}`)
    await stopAll()
  }
}

try {
  await walk()
  console.log('1 passed, 0 failed')
} catch (error) {
  console.error(error)
  console.log('0 passed, 1 failed')
  process.exit(1)
}
