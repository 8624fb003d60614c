// The journey, from outside: a person dials from a real phone client, an agent
// answers in a real browser, they hear each other; the complaint is lodged,
// dispatched, signed, replied to; the system calls the person back, asks, and
// closes the ticket. Nothing of ours stands on the outside, and each state is
// read twice: through the public API and in Postgres.
//
//	node journey.mjs [times]
//
// Pictures and recordings of a run stay in e2e/artifacts, or in $ARTIFACTS.
import assert from 'node:assert/strict'
import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Phone } from './lib/baresip.mjs'
import { Desk, openBrowser } from './lib/browser.mjs'
import { Api, Hotline } from './lib/hotline.mjs'
import { stopAll } from './lib/process.mjs'
import { heard, loud, readWav, writeTone } from './lib/tone.mjs'
import { pause, until } from './lib/wait.mjs'

const callerHz = 440
const agentHz = 1000
const category = '010301' // 路灯不亮
const title = '幸福路 12 号院门口路灯不亮'

// Two journeys at once need two folders.
const root = resolve(process.env.ARTIFACTS ?? join(import.meta.dirname, 'artifacts'))
const say = (text) => console.log(`  ${new Date().toISOString().slice(11, 23)} ${text}`)

async function pictures(name) {
  const dir = join(root, name)
  rmSync(dir, { recursive: true, force: true })
  mkdirSync(dir, { recursive: true })
  return dir
}

/** Both sides hear the other's tone and not their own. */
async function eachHearsTheOther(phone, agent, when) {
  await until(`${when}: the caller hears the agent`, async () => {
    const { rate, samples } = await phone.listen(1)
    return heard(samples, rate, agentHz) > 0.8
  })
  await until(`${when}: the agent hears the caller`, async () => {
    const { rate, samples } = await agent.listen(1)
    return heard(samples, rate, callerHz) > 0.8
  })
  const phoneEar = await phone.listen(2)
  const agentEar = await agent.listen(3)
  assert.ok(heard(phoneEar.samples, phoneEar.rate, agentHz) > 0.8, `${when}: the caller hears ${agentHz} Hz`)
  assert.equal(heard(phoneEar.samples, phoneEar.rate, callerHz), 0, `${when}: the caller does not hear himself`)
  assert.ok(heard(agentEar.samples, agentEar.rate, callerHz) > 0.8, `${when}: the agent hears ${callerHz} Hz`)
  assert.equal(heard(agentEar.samples, agentEar.rate, agentHz), 0, `${when}: the agent does not hear herself`)
  say(`${when}: each hears the other and not himself`)
}

/** The caller hears something that is neither tone: music. */
async function callerHearsMusic(phone, when) {
  await until(`${when}: the caller hears music`, async () => {
    const { rate, samples } = await phone.listen(1)
    return loud(samples, rate) > 0.5 && heard(samples, rate, agentHz) === 0 && heard(samples, rate, callerHz) === 0
  })
  say(`${when}: the caller hears music`)
}

async function answerTheCall(hotline, phone, agent, agentApi) {
  await agent.id('start-shift').click()
  await until('the agent is ready', async () => (await agent.id('status').textContent()).length > 0)
  await until('the server sees an idle agent', async () => {
    const agents = await agentApi.get('/agents')
    return agents.items.some((one) => one.login === 'agent1' && one.state === 'idle' && one.status === 'available')
  })
  await agent.picture('1-ready')
  phone.dial(`sip:12345@${hotline.sip}`)
  await phone.seen('CALL_ESTABLISHED')
  await until('the notice is heard', async () => {
    const { rate, samples } = await phone.listen(0.5)
    return loud(samples, rate) > 0.3
  })
  await phone.key('9') // skips the notice
  await agent.id('offer').waitFor()
  const shown = await agent.id('offer-number').textContent()
  assert.match(shown, /^138\*{4}1000$/, 'the number is masked before the call is answered')
  await agent.id('offer-wait').waitFor()
  await agent.picture('2-offer')
  await agent.id('answer').click()
  await until('the agent talks', async () => (await agent.id('call-state').getAttribute('data-state')) === 'talking')
  say('offered and answered')
}

async function holdAndReload(phone, agent) {
  await agent.id('hold').click()
  await callerHearsMusic(phone, 'hold')
  await agent.picture('3-hold')
  await agent.id('resume').click()
  await eachHearsTheOther(phone, agent, 'after the hold')
  await agent.page.reload()
  await eachHearsTheOther(phone, agent, 'after the reload')
  assert.equal(phone.count('CALL_CLOSED'), 0, 'the reload kept the call')
}

async function lodge(agent) {
  await agent.id('ticket-title').fill(title)
  await agent.id('ticket-content').fill('三盏路灯已经一周不亮，晚上老人出行不安全，请尽快修复。')
  await agent.id('ticket-address').fill('幸福路 12 号')
  await agent.chooseCategory(category)
  await agent.picture('4-form')
  await agent.id('ticket-submit').click()
  const number = (await agent.id('ticket-number').textContent()).trim()
  assert.match(number, /^\d{8}-\d{6}$/)
  await agent.picture('5-lodged')
  say(`lodged as ${number}`)
  return number
}

async function recordingHoldsBoth(supervisor, call) {
  const record = await until('the call record is there', () => supervisor.get(`/calls/${call}`))
  assert.ok(record.recordings.length > 0, 'the call has a recording')
  let left = 0
  let right = 0
  let crossed = 0
  for (const { segment } of record.recordings) {
    const { rate, channels } = readWav(await supervisor.bytes(`/calls/${call}/recordings/${segment}/audio`))
    assert.equal(channels.length, 2, 'the recording is stereo')
    left = Math.max(left, heard(channels[0], rate, callerHz))
    right = Math.max(right, heard(channels[1], rate, agentHz))
    crossed += heard(channels[0], rate, agentHz) + heard(channels[1], rate, callerHz)
    const peaks = await supervisor.get(`/calls/${call}/recordings/${segment}/peaks`)
    assert.ok(Math.max(...peaks.left) > 0.1, 'the waveform shows the caller')
  }
  assert.ok(left > 0.3, `left channel: ${callerHz} Hz in ${left} of the windows`)
  assert.ok(right > 0.3, `right channel: ${agentHz} Hz in ${right} of the windows`)
  assert.equal(crossed, 0, 'no channel holds the other side')
  say(`recording: left ${callerHz} Hz in ${(100 * left).toFixed(0)} %, right ${agentHz} Hz in ${(100 * right).toFixed(0)} % of it`)
  return record
}

/** The state, as the public API tells it and as Postgres holds it. */
async function stateIs(hotline, api, number, state, assignment) {
  await until(`${number} is ${state}${assignment ? `/${assignment}` : ''}`, async () => {
    const ticket = await api.get(`/tickets/${number}`)
    return ticket.state === state && (!assignment || ticket.assignments.at(-1).state === assignment)
  }, { limit: 60_000 })
  const [row] = hotline.sql(`SELECT state FROM tickets WHERE number = '${number}'`)
  assert.equal(row.state, state, 'Postgres says the same')
  if (assignment) {
    const [newest] = hotline.sql(`SELECT state FROM assignments WHERE ticket = '${number}' ORDER BY dispatched_at DESC LIMIT 1`)
    assert.equal(newest.state, assignment, 'Postgres says the same of the assignment')
  }
  say(`${number} is ${state}${assignment ? `/${assignment}` : ''}`)
}

async function dispatchIt(desk, number) {
  await desk.openTicket(number)
  await desk.id('dispatch-agency').first().click()
  await desk.picture('1-ticket')
  await desk.id('dispatch').click()
}

async function agencyHandlesIt(desk, hotline, api, number) {
  await desk.openTicket(number)
  await desk.id('sign').click()
  await stateIs(hotline, api, number, 'assigned', 'inHandling')
  await desk.picture('1-signed')
  await desk.id('reply-done').fill('已更换三盏损坏灯具，线路检修完毕。')
  await desk.id('reply-public').fill('您反映的幸福路路灯已全部修复，现已正常亮灯。')
  await desk.id('reply').click()
  await desk.page.waitForLoadState('networkidle')
  await desk.picture('2-replied')
}

/** The system calls; the phone answers by itself; 1: solved, 5: very satisfied. */
async function calledBack(phone, established) {
  await phone.seen('CALL_ESTABLISHED', established + 1, 60_000)
  await until('the result is read out', async () => {
    const { rate, samples } = await phone.listen(0.5)
    return loud(samples, rate) > 0.3
  })
  await silence(phone, 'the result and the first question are over')
  await phone.key('1')
  await until('the second question', async () => {
    const { rate, samples } = await phone.listen(0.4)
    return loud(samples, rate) > 0.3
  })
  await silence(phone, 'the second question is over')
  await phone.key('5')
  await phone.seen('CALL_CLOSED', established + 1, 30_000)
  say('called back, told, answered 1 and 5')
}

const silence = (phone, what) =>
  until(what, async () => {
    const { rate, samples } = await phone.listen(1.2)
    return loud(samples, rate) === 0
  }, { limit: 60_000 })

function postgresAgrees(hotline, number, call) {
  const [ticket] = hotline.sql(`SELECT state, final_rating, told_at IS NOT NULL AS told FROM tickets WHERE number = '${number}'`)
  assert.deepEqual(ticket, { state: 'closed', final_rating: 1, told: true })
  const types = hotline.sql(`SELECT type FROM ticket_events WHERE ticket = '${number}' ORDER BY seq`).map((row) => row.type)
  for (const type of ['lodged', 'dispatched', 'signed', 'replied', 'told', 'closed']) {
    assert.ok(types.includes(type), `event ${type} in ${types.join(' ')}`)
  }
  const listened = hotline.sql(`SELECT count(*)::int AS n FROM access_log WHERE action = 'recording.listen' AND subject LIKE '%${call}%'`)
  assert.ok(listened[0].n > 0, 'listening to the recording is logged')
  const [record] = hotline.sql(`SELECT reason, talk_ms > 0 AS talked FROM call_records WHERE call_id = '${call}'`)
  assert.deepEqual(record, { reason: 'agent-hangup', talked: true })
}

async function journey() {
  const dir = await pictures('journey')
  const callerTone = join(dir, 'caller.wav')
  const agentTone = join(dir, 'agent.wav')
  writeTone(callerTone, callerHz, { seconds: 600 })
  writeTone(agentTone, agentHz, { rate: 48000, seconds: 10 })
  // The voice speaks fast: what it says is not what is tried here.
  const hotline = await Hotline.start({ dir, env: { HOTLINE_SPEECH_SPEED: '300' } })
  say(`ready at ${hotline.url}, ${hotline.sip}`)
  const phone = await Phone.open({ dir: join(dir, 'phone'), number: '13800001000', tone: callerTone })
  const browser = await openBrowser({ tone: agentTone })
  const office = await openBrowser()
  const desks = []
  const person = async (login, where = office) => {
    const desk = await Desk.signIn(where, hotline.url, login, { pictures: dir })
    desks.push(desk)
    return desk
  }
  try {
    const agentApi = await Api.signIn(hotline.url, 'agent1')
    const supervisorApi = await Api.signIn(hotline.url, 'supervisor')
    const agent = await person('agent1', browser)
    await answerTheCall(hotline, phone, agent, agentApi)
    await eachHearsTheOther(phone, agent, 'talking')
    await holdAndReload(phone, agent)
    const number = await lodge(agent)
    const call = (await supervisorApi.get('/live')).talking[0].call
    await pause(1500) // sound for the recording after the last reload
    await agent.id('hang-up').click()
    await phone.seen('CALL_CLOSED')
    await agent.id('wrap-up').waitFor()
    await agent.picture('6-wrap-up')
    await agent.id('end-wrap-up').click()
    await recordingHoldsBoth(supervisorApi, call)
    await stateIs(hotline, supervisorApi, number, 'toDispatch')
    await dispatchIt(await person('dispatcher'), number)
    await stateIs(hotline, supervisorApi, number, 'assigned', 'toSign')
    const established = phone.count('CALL_ESTABLISHED')
    await agencyHandlesIt(await person('agency1'), hotline, supervisorApi, number)
    await calledBack(phone, established)
    await stateIs(hotline, supervisorApi, number, 'closed')
    const ticket = await supervisorApi.get(`/tickets/${number}`)
    assert.equal(ticket.solved, true)
    assert.equal(ticket.finalRating, 1, 'key 5 is 非常满意, level 1')
    postgresAgrees(hotline, number, call)
    const supervisor = await person('supervisor')
    await supervisor.page.waitForLoadState('networkidle')
    await supervisor.picture('1-live')
    for (const desk of desks) assert.deepEqual(desk.faults, [], `${desk.login}: no fault on the page`)
  } catch (error) {
    for (const desk of desks) await desk.picture('fault').catch(() => {})
    throw error
  } finally {
    await browser.close()
    await office.close()
    await phone.close()
    const how = await hotline.down()
    say(`server ended: ${JSON.stringify(how)}`)
    await stopAll()
  }
}

const times = Number(process.argv[2] ?? 1)
let passed = 0
for (let n = 1; n <= times; n++) {
  console.log(`journey ${n} of ${times}`)
  const from = Date.now()
  try {
    await journey()
  } catch (error) {
    console.error(error)
    console.log(`${passed} passed, 1 failed`)
    process.exit(1)
  }
  passed++
  say(`passed in ${((Date.now() - from) / 1000).toFixed(1)} s`)
}
console.log(`${passed} passed, 0 failed`)
