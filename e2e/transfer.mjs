// Several people in one call, from outside: a person dials from a real phone client,
// two agents and a supervisor sit in real browsers, and everybody speaks a tone of
// their own, so that who hears whom is measured: blind and attended transfer, swap,
// three-way, an outside number, monitor, whisper, barge-in, take-over, forced release;
// and what each segment of the recording holds on either side.
//
//	node transfer.mjs
//
// Pictures of a run stay in e2e/artifacts/transfer, or in $ARTIFACTS; LANGUAGE=ug has
// the pages in Uyghur.
import assert from 'node:assert/strict'
import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Phone } from './lib/baresip.mjs'
import { Desk, openBrowser } from './lib/browser.mjs'
import { Api, Hotline } from './lib/hotline.mjs'
import { stopAll } from './lib/process.mjs'
import { heard, loud, readWav, tonesIn, writeTone } from './lib/tone.mjs'
import { until } from './lib/wait.mjs'

const hz = { caller: 440, outside: 700, first: 1000, second: 1500, boss: 2300 }
const all = Object.values(hz)
const level = 0.2 // four of them together stay below full scale
const outsideNumber = '13800002000'
const expert = '路灯管理专家'
const title = '幸福路路灯不亮，转市政坐席核实'

const dir = join(resolve(process.env.ARTIFACTS ?? join(import.meta.dirname, 'artifacts')), 'transfer')
const language = process.env.LANGUAGE?.replace(/:.*/, '')
const locale = ['ug', 'kk', 'en'].includes(language) ? language : 'zh-CN'
const say = (text) => console.log(`  ${new Date().toISOString().slice(11, 23)} ${text}`)

/** Somebody's ear: what it hears of the tones, sorted; "music" for what is none of them. */
async function ear(who) {
  const { rate, samples } = await who.listen(1)
  const tones = tonesIn(samples, rate, all)
  return tones.length === 0 && loud(samples, rate) > 0.5 ? ['music'] : tones
}

/** Each hears exactly these, all at the same time: { name: [ear, tones] }. */
async function hear(when, ears) {
  const want = Object.fromEntries(Object.entries(ears).map(([name, [, tones]]) => [name, [...tones].sort()]))
  await until(when, async () => {
    const got = {}
    await Promise.all(Object.entries(ears).map(async ([name, [who]]) => (got[name] = (await ear(who)).sort())))
    assert.deepEqual(got, want)
    return true
  })
  say(when)
}

/** Music is known by not being a tone; a tone inside a melody does not count. */
async function callerHearsMusic(phone, when) {
  await until(`${when}: music`, async () => {
    const { rate, samples } = await phone.listen(1)
    return loud(samples, rate) > 0.5 && all.every((one) => heard(samples, rate, one) === 0)
  })
}

const stateOf = (desk) => desk.id('call-state').getAttribute('data-state')
const inState = (desk, state) => until(`${desk.login}: ${state}`, async () => (await stateOf(desk)) === state)

async function startShift(desk, api, status) {
  await desk.id('start-shift').click()
  await until(`${desk.login} is on shift`, async () => {
    const { items } = await api.get('/agents')
    return items.some((one) => one.login === desk.login && one.state === 'idle' && one.status === status)
  })
  await until(`${desk.login} has sound`, async () => (await api.get('/live')).agents.some((one) => one.agent === desk.account && one.mediaUp))
}

/** Opens the dialog, chooses an agent or a name of the directory, and sends. */
async function ask(desk, how, target) {
  await desk.id('transfer').click()
  const dialog = desk.id('transfer-dialog')
  if (target.directory) await dialog.locator('input[value=directory]').locator('xpath=ancestor::label').click()
  await dialog.locator('#transfer-target').click()
  await desk.page.locator('.ant-select-item-option:not(.ant-select-item-option-disabled)', { hasText: target.directory ?? target.name }).click()
  await desk.picture(`dialog-${how}`)
  await desk.id(`${how}-send`).click()
}

async function answer(desk) {
  await desk.id('answer').click()
  await until(`${desk.login} talks`, () => desk.id('call-state').isVisible())
}

async function lodge(desk) {
  await desk.id('ticket-title').fill(title)
  await desk.id('ticket-content').fill('三盏路灯已经一周不亮，请市政坐席一并核实。')
  await desk.chooseCategory('010301')
  await desk.id('ticket-submit').click()
  return (await desk.id('ticket-number').textContent()).trim()
}

const wrapUpOver = (desk) => desk.id('end-wrap-up').click()

async function consultation({ phone, first, second, names }) {
  const number = await lodge(first)
  await ask(first, 'consult', { name: names.second })
  await second.id('offer').waitFor()
  assert.match(await second.id('offer-number').textContent(), /^138\*{4}1000$/, 'the number is masked for who is asked')
  assert.ok((await second.id('offer-title').textContent()).includes(names.first), 'the offer says who asks')
  await until('the ticket comes along', async () => (await second.id('call-tickets').textContent()).includes(number))
  await second.picture('asked')
  await first.picture('asks')
  await callerHearsMusic(phone, 'the second agent is rung')
  await answer(second)
  await hear('consulting: the two agents hear each other', { first: [first, [hz.second]], second: [second, [hz.first]] })
  await callerHearsMusic(phone, 'consulting')
  await first.picture('consulting')
  await second.picture('consulted')
  await first.page.reload()
  await inState(first, 'consulting')
  await hear('after a reload they do again', { first: [first, [hz.second]], second: [second, [hz.first]] })
  await callerHearsMusic(phone, 'after the reload')
  await first.page.keyboard.press('F2')
  await inState(first, 'swapped')
  await hear('swapped: the caller has the first agent', { caller: [phone, [hz.first]], first: [first, [hz.caller]] })
  await callerHearsMusic(second, 'swapped: the second agent')
  await first.picture('swapped')
  await first.page.keyboard.press('F4')
  await inState(first, 'conference')
  await hear('three-way: each hears the two others', {
    caller: [phone, [hz.first, hz.second]], first: [first, [hz.caller, hz.second]], second: [second, [hz.caller, hz.first]],
  })
  await first.picture('conference')
}

async function supervision({ phone, first, second, boss, call }) {
  const act = (what) => boss.id(`acts-${call}`).getByTestId(what)
  const mode = (name) => until(`the mode is ${name}`, async () => (await boss.id('party-supervisor').getAttribute('data-mode')) === name)
  await act('supervise-monitor').click()
  await mode('monitor')
  const agents = { first: [first, [hz.caller, hz.second]], second: [second, [hz.caller, hz.first]] }
  await hear('monitor: she hears all, nobody hears her', { caller: [phone, [hz.first, hz.second]], ...agents, boss: [boss, [hz.caller, hz.first, hz.second]] })
  await boss.picture('monitor')
  await first.id('party-supervisor').waitFor() // the policy of a hotline that says nothing else
  await first.picture('watched')
  await act('supervise-whisper').click()
  await mode('whisper')
  await hear('whisper: the agent alone hears her', { caller: [phone, [hz.first, hz.second]], first: [first, [hz.caller, hz.second, hz.boss]], second: [second, [hz.caller, hz.first]] })
  await boss.id('supervise-barge').first().click() // on her own bar
  await mode('barge')
  await hear('barge-in: everybody does', {
    caller: [phone, [hz.first, hz.second, hz.boss]], first: [first, [hz.caller, hz.second, hz.boss]], second: [second, [hz.caller, hz.first, hz.boss]],
  })
  await boss.picture('barge')
  await first.id('complete').click()
  await first.id('wrap-up').waitFor()
  await hear('the agent has left: caller, second agent and supervisor go on', {
    caller: [phone, [hz.second, hz.boss]], second: [second, [hz.caller, hz.boss]], boss: [boss, [hz.caller, hz.second]],
  })
  await wrapUpOver(first)
  await act('take-over').click()
  await boss.picture('take-over')
  await boss.id('take-over-yes').click()
  await second.id('wrap-up').waitFor()
  await hear('taken over: the caller has the supervisor', { caller: [phone, [hz.boss]], boss: [boss, [hz.caller]] })
  await boss.id('call-tickets').waitFor() // her desk has the caller, and what the call has brought
  await boss.picture('taken-over')
  await wrapUpOver(second)
}

/** Blind to an agent; then the supervisor takes the call from him, and it goes to the other one. */
async function blindAndForced({ phone, first, second, boss, call, names }) {
  await second.id('break').click()
  await second.id('break-rest').click()
  await ask(boss, 'transfer', { name: names.first })
  await first.id('offer').waitFor()
  await answer(first)
  await boss.id('wrap-up').waitFor()
  await hear('blind: the caller has the first agent', { caller: [phone, [hz.first]], first: [first, [hz.caller]] })
  await wrapUpOver(boss)
  await boss.page.locator('a[href="/live"]').click()
  await boss.id(`agent-${second.account}`).getByTestId('force-ready').click()
  await until('he is ready again', async () => (await second.id('status').getAttribute('data-status')) === 'available')
  await boss.id(`acts-${call}`).getByTestId('release').click()
  await boss.picture('release')
  await boss.id('release-requeue').click()
  await first.id('wrap-up').waitFor()
  await second.id('offer').waitFor()
  await answer(second)
  await hear('released by force: the caller has the next agent', { caller: [phone, [hz.second]], second: [second, [hz.caller]] })
  await wrapUpOver(first)
}

/** Asks an agency's expert, whose number the page never has, and leaves the caller with her. */
async function outside({ phone, other, second, api }) {
  const saved = await api.raw('/routing/directory/lights', { method: 'PUT', body: { id: 'lights', kind: 'expert', name: expert, agency: 'CSGL', number: outsideNumber } })
  assert.equal(saved.status, 200, await saved.text())
  await ask(second, 'consult', { directory: expert })
  await hear('the agent asks an outside number', { second: [second, [hz.outside]], outside: [other, [hz.second]] })
  await callerHearsMusic(phone, 'an outside number is asked')
  await second.picture('outside')
  assert.ok(!(await second.page.content()).includes(outsideNumber), 'the page does not hold the number')
  await second.page.keyboard.press('F9')
  await second.id('wrap-up').waitFor()
  await hear('handed over: caller and outside number', { caller: [phone, [hz.outside]], outside: [other, [hz.caller]] })
}

/** Who is on either side of each segment, and that nobody else is. */
async function recordings(api, call) {
  const record = await until('the call record is there', () => api.get(`/calls/${call}`))
  const got = []
  for (const { segment, kind, ms } of record.recordings) {
    if (ms < 700) continue // between two presses
    const { rate, channels } = readWav(await api.bytes(`/calls/${call}/recordings/${segment}/audio`))
    got.push([kind, ...channels.map((one) => tonesIn(one, rate, all).join('+'))].join(' '))
  }
  const sum = (...tones) => tones.sort((a, b) => a - b).join('+')
  assert.deepEqual(got, [
    `talk ${hz.caller} ${hz.first}`,
    `consult ${hz.first} ${hz.second}`,
    `consult ${hz.first} ${hz.second}`, // after the reload
    `talk ${hz.caller} ${hz.first}`,
    `conference ${hz.caller} ${sum(hz.first, hz.second)}`, // monitor and whisper, too: the caller does not hear her
    `conference ${hz.caller} ${sum(hz.first, hz.second, hz.boss)}`,
    `conference ${hz.caller} ${sum(hz.second, hz.boss)}`,
    `talk ${hz.caller} ${hz.boss}`,
    `talk ${hz.caller} ${hz.first}`,
    `talk ${hz.caller} ${hz.second}`,
    `consult ${hz.second} ${hz.outside}`,
    `talk ${hz.caller} ${hz.outside}`,
  ])
  say(`recording: ${got.length} segments, each with the tones of who was in it, left and right`)
  return record
}

function logged(hotline, call) {
  const rows = hotline.sql(`SELECT action, detail FROM access_log WHERE subject = '${call}' AND action LIKE 'call.%' ORDER BY id`)
  const uses = rows.filter((row) => row.action !== 'call.watched').map((row) => row.action)
  assert.deepEqual(uses, ['call.monitor', 'call.monitor', 'call.whisper', 'call.barge', 'call.takeOver', 'call.release'])
  // The first one was refused: what is asked is written before it is done.
  const stretches = rows.filter((row) => row.action === 'call.watched').map((row) => row.detail.split(' ')[0])
  assert.deepEqual(stretches, ['monitor', 'whisper', 'barge', 'barge'], 'how long she was in it, anew when the call changed hands')
  say('each use, and how long it lasted, is in the access log')
}

async function open() {
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true })
  const tone = (name, rate) => {
    const path = join(dir, `${name}.wav`)
    writeTone(path, hz[name], { rate, seconds: rate === 8000 ? 600 : 10, level })
    return path
  }
  const hotline = await Hotline.start({ dir, env: { HOTLINE_CALLS_NOTICE: 'false', HOTLINE_CALLS_OFFER_TIMEOUT: '2m', HOTLINE_CALLS_AGENT_LOST: '2m', HOTLINE_CALLS_WRAP_UP: '10m' } })
  say(`ready at ${hotline.url}, ${hotline.sip}`)
  const [phone, other, ...browsers] = await Promise.all([
    Phone.open({ dir: join(dir, 'phone'), number: '13800001000', tone: tone('caller', 8000) }),
    Phone.open({ dir: join(dir, 'other'), number: outsideNumber, tone: tone('outside', 8000) }),
    ...['first', 'second', 'boss'].map((name) => openBrowser({ tone: tone(name, 48000) })),
  ])
  return { hotline, phone, other, browsers }
}

async function person(browser, hotline, login) {
  const desk = await Desk.signIn(browser, hotline.url, login, { pictures: dir, locale })
  desk.account = (await Api.signIn(hotline.url, login)).account.id
  return desk
}

async function together() {
  const { hotline, phone, other, browsers } = await open()
  const desks = []
  try {
    const api = await Api.signIn(hotline.url, 'supervisor')
    for (const [i, login] of ['agent1', 'agent2', 'supervisor'].entries()) desks.push(await person(browsers[i], hotline, login))
    const [first, second, boss] = desks
    const names = { first: '话务员1', second: '话务员2' }
    other.dial(`sip:12345@${hotline.sip}`) // so that the hotline knows the way to it
    await other.seen('CALL_ESTABLISHED')
    other.hangUp()
    await other.seen('CALL_CLOSED')
    await startShift(first, api, 'available')
    phone.dial(`sip:12345@${hotline.sip}`)
    await first.id('offer').waitFor()
    await answer(first)
    await hear('the caller has the first agent', { caller: [phone, [hz.first]], first: [first, [hz.caller]] })
    const call = (await api.get('/live')).talking[0].call
    const refused = await api.raw(`/calls/${call}/supervision`, { method: 'POST', body: { mode: 'monitor' } })
    assert.equal((await refused.json()).code, 'no-desk', 'without a shift she is told what is missing')
    await startShift(second, api, 'available')
    await startShift(boss, api, 'break')
    const all = { hotline, api, phone, other, first, second, boss, call, names }
    await consultation(all)
    await supervision(all)
    await blindAndForced(all)
    await outside(all)
    assert.equal(phone.count('CALL_CLOSED'), 0, 'one call, all the way')
    phone.hangUp()
    await other.seen('CALL_CLOSED', 2)
    const record = await recordings(api, call)
    assert.equal(record.transfers, 4)
    logged(hotline, call)
    await boss.page.goto(`${hotline.url}/calls/${call}`)
    await boss.page.waitForLoadState('networkidle')
    await boss.picture('call')
    for (const desk of desks) assert.deepEqual(desk.faults, [], `${desk.login}: no fault on the page`)
  } catch (error) {
    for (const desk of desks) await desk.picture('fault').catch(() => {})
    throw error
  } finally {
    await Promise.all([...browsers.map((one) => one.close()), phone.close(), other.close()])
    say(`server ended: ${JSON.stringify(await hotline.down())}`)
    await stopAll()
  }
}

const from = Date.now()
try {
  await together()
  console.log(`transfer: passed in ${((Date.now() - from) / 1000).toFixed(1)} s`)
} catch (error) {
  console.error(error)
  process.exit(1)
}
