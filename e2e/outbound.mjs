// Calls out, from outside: a supervisor makes a list and loads a file, an agent takes somebody,
// looks, and calls; a real phone answers, they hear each other, and the agent says what came of
// it. Whom no line reaches is noted by itself. Then the agent calls a ticket's requester, and
// one who does not want to be called is left out.
//
//	node outbound.mjs
//
// Pictures of a run stay in e2e/artifacts/outbound, or in $ARTIFACTS; LANGUAGE=ug has the pages
// in Uyghur.
import assert from 'node:assert/strict'
import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Phone } from './lib/baresip.mjs'
import { Desk, openBrowser } from './lib/browser.mjs'
import { Api, Hotline } from './lib/hotline.mjs'
import { stopAll } from './lib/process.mjs'
import { heard, writeTone } from './lib/tone.mjs'
import { until } from './lib/wait.mjs'

const hz = { person: 440, agent: 1000 }
const number = '13800001000'
const nowhere = '13900009999' // no line knows the way
const dir = join(resolve(process.env.ARTIFACTS ?? join(import.meta.dirname, 'artifacts')), 'outbound')
const language = process.env.LANGUAGE?.replace(/:.*/, '')
const locale = ['ug', 'kk', 'en'].includes(language) ? language : 'zh-CN'
const say = (text) => console.log(`  ${new Date().toISOString().slice(11, 23)} ${text}`)

async function hearEachOther(phone, agent, when) {
  await until(`${when}: the person hears the agent`, async () => {
    const { rate, samples } = await phone.listen(1)
    return heard(samples, rate, hz.agent) > 0.8
  })
  await until(`${when}: the agent hears the person`, async () => {
    const { rate, samples } = await agent.listen(1)
    return heard(samples, rate, hz.person) > 0.8
  })
  say(`${when}: each hears the other`)
}

/** The page makes and loads the list; its hours are set by the API, as a run may be at night. */
async function makeList(boss, api) {
  await boss.page.goto(`${new URL(boss.page.url()).origin}/outbound`)
  await boss.id('list-name').fill('路灯回访')
  await boss.id('add-list').click()
  const csv = `号码,姓名,工单,备注\n${number},张某,,问路灯是否修好\n${nowhere},李某\n12,王某\n`
  await boss.id('load-list').setInputFiles({ name: 'list.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) })
  const list = await until('two of three are loaded', async () => (await api.get('/call-lists')).items.find((one) => one.progress.total === 2))
  await boss.picture('1-loaded')
  const plan = { ...list.plan, hours: { from: '00:00', to: '24:00' } }
  const saved = await api.raw(`/call-lists/${list.id}`, { method: 'PUT', body: { name: list.name, state: 'open', plan } })
  assert.equal(saved.status, 200, await saved.text())
  return list.id
}

/** After each load of a page its sound comes anew. */
const ready = (api) => until('the agent is idle, with sound', async () => (await api.get('/live')).agents.some((one) => one.mediaUp && one.state === 'idle'))

async function startShift(agent, api) {
  await agent.id('start-shift').click()
  await ready(api)
}

async function callTheFirst(agent, api, phone) {
  await agent.page.goto(`${new URL(agent.page.url()).origin}/outbound`)
  await agent.id('next-entry').click()
  await agent.id('entry').waitFor()
  assert.match(await agent.id('entry').textContent(), /138\*{4}1000.*张某.*问路灯是否修好/s, 'whom he will call is shown before')
  await agent.picture('2-preview')
  const calls = phone.count('CALL_ESTABLISHED')
  await ready(api)
  await until('he may call', () => agent.id('call-entry').isEnabled())
  await agent.id('call-entry').click()
  await phone.seen('CALL_ESTABLISHED', calls + 1)
  await hearEachOther(phone, agent, 'the list')
  assert.ok(!(await agent.page.content()).includes(number), 'the page does not hold the number')
  await agent.picture('3-call')
  phone.hangUp()
  await agent.id('wrap-up').waitFor()
  await agent.id('entry-result').click()
  await agent.page.locator('.ant-select-item-option').first().click() // reached
  await agent.id('save-result').click()
  await agent.id('entry-over').waitFor()
  await agent.picture('4-result')
  await agent.id('end-wrap-up').click()
  say('called, and what came of it is written')
}

async function callTheSecond(agent) {
  await agent.id('next-entry').click()
  await until('the next one', async () => (await agent.id('entry').textContent()).includes('139****9999'))
  await until('he may call', () => agent.id('call-entry').isEnabled())
  await agent.id('call-entry').click()
  await agent.id('entry-over').waitFor()
  await agent.picture('5-unreachable')
  await agent.id('end-wrap-up').click()
  say('whom no line reaches is noted by itself')
}

async function callTheRequester(agent, api, agentApi, phone) {
  const lodged = await agentApi.raw('/tickets', {
    method: 'POST',
    body: { kind: 'complaint', urgency: 'ordinary', channel: 'phone', category: '010301', title: '路灯不亮', content: '三盏路灯不亮', requester: { phone: number }, then: { type: 'submit' } },
  })
  const ticket = (await lodged.json()).number
  await agent.openTicket(ticket)
  await agent.id('status').waitFor() // the page before has let go of the sound
  await ready(api)
  await until('he may call', () => agent.id('call-requester').isEnabled())
  const calls = phone.count('CALL_ESTABLISHED')
  await agent.id('call-requester').click()
  await phone.seen('CALL_ESTABLISHED', calls + 1)
  await hearEachOther(phone, agent, 'the requester')
  await agent.picture('6-requester')
  phone.hangUp()
  await agent.id('end-wrap-up').click()
  return ticket
}

async function checkWhatIsKept(hotline, api, list, ticket) {
  const { items } = await api.get('/call-lists')
  const { progress } = items.find((one) => one.id === list)
  assert.deepEqual({ total: progress.total, open: progress.open, results: progress.results }, { total: 2, open: 1, results: { reached: 1 } })
  const { items: people } = await api.get(`/call-lists/${list}/entries`)
  assert.deepEqual(people.map((one) => [one.number, one.name, one.result]), [['138****1000', '张**', 'reached'], ['139****9999', '李**', 'unreachable']])
  const record = await until('the call to the requester is written', async () => (await api.get('/calls')).items.find((one) => one.ticket === ticket))
  assert.equal(record.kind, 'outbound')
  const logged = hotline.sql(`SELECT action, subject, detail FROM access_log WHERE action IN ('call.dial', 'callEntry.take', 'callList.load') ORDER BY id`)
  assert.deepEqual(logged.map((row) => row.action), ['callList.load', 'callEntry.take', 'callEntry.take', 'call.dial'])
  assert.deepEqual([logged[3].subject, logged[3].detail], ['138****1000', ticket])
  say('progress, record and access log tell the same')
}

/** Who does not want to be called is not given to an agent. */
async function notToBeCalled(api, agentApi, list, record) {
  const added = await agentApi.raw(`/calls/${record}/do-not-call`, { method: 'POST', body: { reason: 'asked' } })
  assert.equal(added.status, 201, await added.text())
  const other = await (await api.raw('/call-lists', { method: 'POST', body: { name: '满意度调查', kind: 'notice', plan: { hours: { from: '00:00', to: '24:00' } } } })).json()
  await api.raw(`/call-lists/${other.id}/entries`, { method: 'POST', body: { entries: [{ number }] } })
  await api.raw(`/call-lists/${other.id}`, { method: 'PUT', body: { name: other.name, state: 'open', plan: other.plan } })
  const next = await agentApi.raw('/call-entries/next', { method: 'POST', body: { list: other.id } })
  assert.deepEqual(await next.json(), {}, 'nobody is to be called')
  say('who asked for it is left out')
}

async function outbound() {
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true })
  const tone = (name, rate) => {
    const path = join(dir, `${name}.wav`)
    writeTone(path, hz[name], { rate, seconds: rate === 8000 ? 300 : 10, level: 0.3 })
    return path
  }
  const hotline = await Hotline.start({ dir, env: { HOTLINE_CALLS_NOTICE: 'false', HOTLINE_CALLS_WRAP_UP: '10m' } })
  say(`ready at ${hotline.url}, ${hotline.sip}`)
  const phone = await Phone.open({ dir: join(dir, 'phone'), number, tone: tone('person', 8000) })
  const browsers = await Promise.all([openBrowser({ tone: tone('agent', 48000) }), openBrowser()])
  const desks = []
  try {
    const [api, agentApi] = [await Api.signIn(hotline.url, 'supervisor'), await Api.signIn(hotline.url, 'agent1')]
    phone.dial(`sip:12345@${hotline.sip}`) // so that the hotline knows the way to it
    await phone.seen('CALL_ESTABLISHED')
    phone.hangUp()
    await phone.seen('CALL_CLOSED')
    for (const [i, login] of ['agent1', 'supervisor'].entries()) desks.push(await Desk.signIn(browsers[i], hotline.url, login, { pictures: dir, locale }))
    const [agent, boss] = desks
    const list = await makeList(boss, api)
    await startShift(agent, api)
    await callTheFirst(agent, api, phone)
    await callTheSecond(agent)
    const ticket = await callTheRequester(agent, api, agentApi, phone)
    await checkWhatIsKept(hotline, api, list, ticket)
    const { items } = await agentApi.get('/calls')
    await notToBeCalled(api, agentApi, list, items.find((one) => one.ticket === ticket).call)
    await boss.page.reload()
    await boss.page.waitForLoadState('networkidle')
    await boss.picture('7-progress')
    for (const desk of desks) assert.deepEqual(desk.faults, [], `${desk.login}: no fault on the page`)
  } catch (error) {
    for (const desk of desks) await desk.picture('fault').catch(() => {})
    throw error
  } finally {
    await Promise.all([...browsers.map((one) => one.close()), phone.close()])
    say(`server ended: ${JSON.stringify(await hotline.down())}`)
    await stopAll()
  }
}

const from = Date.now()
try {
  await outbound()
  console.log(`outbound: passed in ${((Date.now() - from) / 1000).toFixed(1)} s`)
} catch (error) {
  console.error(error)
  process.exit(1)
}
