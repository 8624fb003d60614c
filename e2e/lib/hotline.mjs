// The server under test: the built binary, on free ports, with its own data.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { freePorts, start, stop } from './process.mjs'
import { until } from './wait.mjs'

export const password = 'Demo-12345'

export class Hotline {
  static async start({ dir, env = {} }) {
    mkdirSync(dir, { recursive: true })
    const hotline = new Hotline()
    const [http, sip, ice, ops] = await freePorts(4)
    hotline.dir = dir
    hotline.log = join(dir, 'hotline.log')
    hotline.url = `http://localhost:${http}`
    hotline.ops = `http://127.0.0.1:${ops}`
    hotline.sip = `127.0.0.1:${sip}`
    hotline.env = {
      ...process.env,
      HOTLINE_DATA_DIR: join(dir, 'data'),
      HOTLINE_HTTP_ADDR: `127.0.0.1:${http}`,
      HOTLINE_SIP_ADDR: `127.0.0.1:${sip}`,
      HOTLINE_ICE_UDP_ADDR: `127.0.0.1:${ice}`,
      HOTLINE_OPS_ADDR: `127.0.0.1:${ops}`,
      HOTLINE_RTP_PORTS: '30000-39999',
      ...env,
    }
    await hotline.up()
    return hotline
  }

  async up() {
    const binary = resolve(import.meta.dirname, '../../bin/hotline')
    this.child = start(binary, ['serve', '--demo'], { log: this.log, env: this.env })
    let ended
    this.child.ended.then((how) => (ended = how))
    await until('the server is ready', async () => {
      if (ended) return true
      const answer = await fetch(`${this.ops}/readyz`)
      return answer.ok
    }, { limit: 60_000 })
    if (ended) {
      throw new Error(`hotline serve ended: ${JSON.stringify(ended)}\n${readFileSync(this.log, 'utf8').slice(-2000)}`)
    }
    this.run = JSON.parse(readFileSync(join(this.env.HOTLINE_DATA_DIR, 'run.json'), 'utf8'))
  }

  down() {
    return stop(this.child, 20_000)
  }

  /** Rows of a query as objects, asked from Postgres itself. */
  sql(query) {
    const asked = spawnSync('psql', [this.run.database_url, '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-c', `SELECT coalesce(json_agg(q), '[]') FROM (${query}) q`], { encoding: 'utf8' })
    if (asked.status !== 0) throw new Error(`psql: ${asked.stderr}`)
    return JSON.parse(asked.stdout)
  }
}

/** A signed-in client of the public API. */
export class Api {
  static async signIn(url, login) {
    const api = new Api()
    api.base = `${url}/api/v1`
    const answer = await fetch(`${api.base}/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ login, password }),
    })
    if (!answer.ok) throw new Error(`sign-in of ${login}: ${answer.status} ${await answer.text()}`)
    api.cookie = answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ')
    const body = await answer.json()
    api.csrf = body.csrf
    api.account = body.account
    return api
  }

  async raw(path, { method = 'GET', body } = {}) {
    return fetch(this.base + path, {
      method,
      headers: {
        Cookie: this.cookie,
        ...(method === 'GET' ? {} : { 'X-CSRF-Token': this.csrf, 'Content-Type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
  }

  async get(path) {
    const answer = await this.raw(path)
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }

  async bytes(path) {
    const answer = await this.raw(path)
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`)
    return Buffer.from(await answer.arrayBuffer())
  }
}
