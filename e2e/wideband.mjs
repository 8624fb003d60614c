// Wideband and the live fork, from outside: a real phone that has G.722 alone talks with an
// agent in a real browser, each with a low tone and one that G.711 could not carry; a
// consumer (deploy/examples/recogniser) gets the call's sound meanwhile, both sides apart.
//
//	node wideband.mjs
//
// What was heard stays in e2e/artifacts/wideband, or in $ARTIFACTS.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Phone } from './lib/baresip.mjs'
import { Desk, openBrowser } from './lib/browser.mjs'
import { Api, Hotline } from './lib/hotline.mjs'
import { freePorts, start, stop, stopAll } from './lib/process.mjs'
import { readWav, tonesIn, writeTone } from './lib/tone.mjs'
import { until } from './lib/wait.mjs'

const caller = [440, 5200]
const agent = [1000, 6000]
const all = [...caller, ...agent]
const dir = join(resolve(process.env.ARTIFACTS ?? join(import.meta.dirname, 'artifacts')), 'wideband')
const say = (text) => console.log(`  ${new Date().toISOString().slice(11, 23)} ${text}`)

/** Somebody hears exactly these tones. */
async function hears(when, who, tones) {
  await until(when, async () => {
    const { rate, samples } = await who.listen(1)
    assert.deepEqual(tonesIn(samples, rate, all), tones)
    return true
  })
  say(when)
}

async function wideband() {
  rmSync(dir, { recursive: true, force: true })
  const heard = join(dir, 'heard')
  mkdirSync(heard, { recursive: true })
  const tone = (name, hz, rate, seconds) => {
    const path = join(dir, `${name}.wav`)
    writeTone(path, hz, { rate, seconds, level: 0.2 })
    return path
  }
  const [port] = await freePorts(1)
  const recogniser = start(resolve(import.meta.dirname, '../bin/recogniser'), ['-listen', `127.0.0.1:${port}`, '-dir', heard], {
    log: join(dir, 'recogniser.log'), env: { RECOGNISER_TOKEN: 'secret' },
  })
  const hotline = await Hotline.start({ dir, env: {
    HOTLINE_CALLS_NOTICE: 'false', HOTLINE_MEDIA_WIDEBAND: 'true',
    HOTLINE_FORK_URL: `ws://127.0.0.1:${port}/`, HOTLINE_FORK_TOKEN: 'secret', HOTLINE_FORK_QUEUES: '[main]', HOTLINE_FORK_ALLOW: '[127.0.0.0/8]',
  } })
  const phone = await Phone.open({ dir: join(dir, 'phone'), number: '13800001000', tone: tone('caller', caller, 16000, 600), codec: 'G722/16000/1' })
  const browser = await openBrowser({ tone: tone('agent', agent, 48000, 10) })
  try {
    const api = await Api.signIn(hotline.url, 'supervisor')
    const desk = await Desk.signIn(browser, hotline.url, 'agent1', { pictures: dir })
    await desk.id('start-shift').click()
    await until('the agent is ready', async () => (await api.get('/agents')).items.some((one) => one.login === 'agent1' && one.state === 'idle' && one.status === 'available'))
    phone.dial(`sip:12345@${hotline.sip}`)
    await desk.id('offer').waitFor()
    await desk.id('answer').click()
    await until('they talk', async () => (await desk.id('call-state').getAttribute('data-state')) === 'talking')
    await hears('the agent hears the caller, above 4 kHz too', desk, caller)
    await hears('the caller hears the agent, above 4 kHz too', phone, agent)
    const { call } = (await api.get('/live')).talking[0]
    const files = ['left', 'right'].map((side) => join(heard, `${call}-1-1-${side}.wav`)) // of the first segment and connection
    await until('the consumer hears both while they talk', () => files.every((file) => statSync(file).size > 16_000))
    const metrics = await (await fetch(`${hotline.ops}/metrics`)).text()
    assert.match(metrics, /^hotline_forks_connected 1$/m)
    phone.hangUp()
    await desk.id('wrap-up').waitFor()
    const [left, right] = await until('the consumer has all of it', () => {
      assert.match(readFileSync(join(dir, 'recogniser.log'), 'utf8'), /"type":"stop","reason":"ended"/)
      return files.map((file) => readWav(file))
    })
    assert.equal(readdirSync(heard).length, 2, 'one segment')
    const whole = readWav(await api.bytes(`/calls/${call}/recordings/1/audio`))
    for (const [i, side] of [left, right].entries()) {
      const [one] = side.channels
      const other = whole.channels[i]
      assert.deepEqual(tonesIn(one.subarray(4000), 8000, [440, 1000]), [[440], [1000]][i], 'both sides apart, at 8 kHz')
      assert.equal(one.length, other.length, 'as long as the recording')
      const from = one.findIndex((v) => v !== 0)
      assert.ok(from >= 0 && one.subarray(from).every((v, n) => v === other[from + n]), 'the consumer has what the recording has')
    }
    const logged = hotline.sql(`SELECT actor, action, detail FROM access_log WHERE subject = '${call}' AND action LIKE 'call.%fork' ORDER BY id`)
    assert.deepEqual(logged, [{ actor: 'system', action: 'call.fork', detail: 'queue main' }, { actor: 'system', action: 'call.unfork', detail: 'ended' }])
    assert.deepEqual(desk.faults, [], 'no fault on the page')
    say('the fork is the recording, and logged')
  } finally {
    await browser.close()
    await phone.close()
    const how = await hotline.down()
    assert.equal(how.code, 0, `the server ends cleanly: ${JSON.stringify(how)}`)
    await stop(recogniser)
  }
}

try {
  await wideband()
  console.log('wideband and fork: passed')
} catch (error) {
  console.error(error)
  process.exitCode = 1
} finally {
  await stopAll()
}
