// A real phone client: baresip, driven over its control socket (netstrings).
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { freePorts, start, stop } from './process.mjs'
import { readWav } from './tone.mjs'
import { until } from './wait.mjs'

const config = ({ dir, sip, ctrl, tone, rate }) => `net_interface 127.0.0.1
sip_listen 127.0.0.1:${sip}
audio_source aufile,${tone}
audio_player aubridge,player${sip}
audio_alert aubridge,alert${sip}
ausrc_srate ${rate}
auplay_srate ${rate}
ausrc_channels 1
auplay_channels 1
rtp_ports 40000-49000
module_path /usr/lib/baresip/modules
module g711.so
module g722.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:${ctrl}
snd_path ${dir}/sound
`

export class Phone {
  /** number: what the called side sees. tone: a WAV that is spoken into the phone, at the codec's rate. */
  static async open({ dir, number, tone, answer = 'auto', codec = 'PCMA/8000/1' }) {
    mkdirSync(join(dir, 'sound'), { recursive: true })
    const [sip, ctrl] = await freePorts(2)
    writeFileSync(join(dir, 'config'), config({ dir, sip, ctrl, tone, rate: codec.split('/')[1] }))
    writeFileSync(join(dir, 'contacts'), '')
    writeFileSync(join(dir, 'accounts'), `<sip:${number}@127.0.0.1:${sip};transport=udp>;regint=0;answermode=${answer};audio_codecs=${codec}\n`)
    const phone = new Phone()
    Object.assign(phone, { dir, number, sip, ctrl, events: [], buffer: Buffer.alloc(0) })
    phone.child = start('baresip', ['-4', '-f', dir], { log: join(dir, 'baresip.log') })
    phone.socket = await until(`baresip ${number} listens`, () => phone.#connect())
    return phone
  }

  #connect() {
    return new Promise((done, fail) => {
      const socket = connect(this.ctrl, '127.0.0.1')
      socket.once('error', fail)
      socket.once('connect', () => {
        socket.removeListener('error', fail)
        socket.on('error', (error) => this.events.push({ type: 'SOCKET_ERROR', param: error.message }))
        socket.on('data', (data) => this.#read(data))
        done(socket)
      })
    })
  }

  #read(data) {
    this.buffer = Buffer.concat([this.buffer, data])
    for (;;) {
      const colon = this.buffer.indexOf(':')
      if (colon < 0) return
      const size = Number(this.buffer.toString('latin1', 0, colon))
      if (this.buffer.length < colon + size + 2) return
      this.events.push(JSON.parse(this.buffer.toString('utf8', colon + 1, colon + 1 + size)))
      this.buffer = this.buffer.subarray(colon + size + 2)
    }
  }

  command(command, params) {
    const text = JSON.stringify({ command, ...(params === undefined ? {} : { params }) })
    this.socket.write(`${Buffer.byteLength(text)}:${text},`)
  }

  dial(uri) {
    this.command('dial', uri)
  }

  /** Presses one key: down, then up after the key's length. */
  async key(digit) {
    this.command('sndcode', digit)
  }

  hangUp() {
    this.command('hangup')
  }

  count(type) {
    return this.events.filter((event) => event.type === type).length
  }

  /** Waits until the phone has told of that event n times in its life. */
  seen(type, n = 1, limit = 15_000) {
    return until(`${this.number}: ${type} number ${n}`, () => this.count(type) >= n, { limit })
  }

  /** The newest recording of what the phone heard: { rate, samples }. */
  ear() {
    const dir = join(this.dir, 'sound')
    const files = readdirSync(dir).filter((name) => name.endsWith('-dec.wav')).sort()
    if (!files.length) return { rate: 8000, samples: new Float64Array() }
    const { rate, channels } = readWav(join(dir, files.at(-1)))
    return { rate, samples: channels[0] }
  }

  /** Samples heard from now on, at least that many seconds of them. */
  async listen(seconds) {
    const from = this.ear().samples.length
    return until(`${this.number}: ${seconds} s of sound`, () => {
      const { rate, samples } = this.ear()
      return samples.length - from >= seconds * rate && { rate, samples: samples.subarray(from) }
    }, { limit: 15_000 + seconds * 1000 })
  }

  async close() {
    this.socket.destroy()
    await stop(this.child)
  }
}
