/**
 * The softphone of this tab: joins the socket, the sound and the clock to the
 * reducer of machine.ts, and is a store that React reads.
 *
 * One life of a shift: start() opens the microphone and the socket side by
 * side; once the server has shown the desk, the peer connection is negotiated.
 * A lost socket is opened again until the shift ends, and each new socket
 * negotiates a fresh connection, since the server may have ended the old one.
 * The tab remembers that the shift is on, so a reload comes back by itself.
 */
import { initial, reduce } from './machine'
import type { SoftphoneEvent, SoftphoneState } from './machine'
import type { Devices, MediaPort, MediaSession } from './media'
import { decode } from './protocol'
import type { Reply, Request, ServerMessage } from './protocol'

const shiftKey = 'hotline.shift'
/** The reason of the break that every new shift begins with. */
const freshShift = 'start'
const pingEvery = 500
const tickEvery = 200
/** A reply that takes longer will not come (ms). */
const replyLimit = 10_000
/** Characters of a device's name in a report; the server takes 200 bytes. */
const maxLabel = 60
/** Requests without a reply at one time. */
const maxPending = 64
const retryDelays = [200, 500, 1000, 2000]
/** A socket that is not open by then is given up (ms): a dead network refuses nothing. */
const openLimit = 4000

export interface PhoneOptions {
  url: string
  /** Id of the account: a shift comes back by itself only for who started it. */
  owner: string
  media: MediaPort
  /** A new shift is ready as soon as sound flows; else it begins on a break. */
  startsReady: boolean
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>
  now?: () => number
  openSocket?: (url: string) => WebSocket
}

interface Pending {
  done: (reply: Reply) => void
  timer: ReturnType<typeof setTimeout>
}

const lost = (id: string): Reply => ({ type: 'reply', id, ok: false, error: { code: 'network-lost', message: '' } })

export class Phone {
  private state: SoftphoneState = initial
  private readonly listeners = new Set<() => void>()
  private readonly pending = new Map<string, Pending>()
  private readonly now: () => number
  private socket: WebSocket | undefined
  private session: MediaSession | undefined
  private timers: ReturnType<typeof setInterval>[] = []
  private retry: ReturnType<typeof setTimeout> | undefined
  private opening: ReturnType<typeof setTimeout> | undefined
  private retries = 0
  private nextId = 1
  /** Counts negotiations: what an older one finds out is of no use. */
  private round = 0
  /** Ready as soon as sound flows: the person pressed "start shift". */
  private wantsReady = false
  private wasReady = false
  private devices: Devices = { microphone: '', speaker: '' }
  private remote: MediaStream | undefined

  constructor(private readonly options: PhoneOptions) {
    this.now = options.now ?? Date.now
  }

  snapshot = (): SoftphoneState => this.state
  /** What the caller says, for the page's audio element. */
  remoteStream = (): MediaStream | undefined => this.remote

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** True when this tab was on shift before it was loaded again. */
  shiftWasOn(): boolean {
    return this.options.storage.getItem(shiftKey) === this.options.owner
  }

  /** Starts the shift; `resume` leaves the agent's status as it was. */
  start(devices: Devices, resume = false): void {
    if (this.state.link !== 'off' && this.state.link !== 'replaced') return
    this.devices = devices
    this.wantsReady = this.options.startsReady && !resume
    this.wasReady = false
    this.options.storage.setItem(shiftKey, this.options.owner)
    this.dispatch({ type: 'start', at: this.now() })
    this.timers = [
      setInterval(() => this.ping(), pingEvery),
      setInterval(() => this.tick(), tickEvery),
    ]
    this.connect()
  }

  async endShift(): Promise<void> {
    const reply = await this.request({ type: 'endShift' })
    if (reply.ok) this.stop()
  }

  /** Leaves without asking: signing out, or the microphone was refused. */
  stop(): void {
    this.options.storage.removeItem(shiftKey)
    this.leave()
  }

  /** Lets go of socket and microphone; the shift comes back with the page. */
  leave(): void {
    this.timers.forEach(clearInterval)
    this.timers = []
    clearTimeout(this.retry)
    this.closeMedia()
    this.dropSocket()
    this.dispatch({ type: 'ended' })
  }

  /** Sends one request; a refusal is also kept in the state as a fault. */
  request(message: Request): Promise<Reply> {
    const id = String(this.nextId++)
    if (!this.socket || this.socket.readyState !== 1 || this.pending.size >= maxPending) {
      return Promise.resolve(lost(id))
    }
    const promise = new Promise<Reply>((done) => {
      const timer = setTimeout(() => this.settle(lost(id)), replyLimit)
      this.pending.set(id, { done, timer })
    })
    this.socket.send(JSON.stringify({ id, ...message }))
    return promise
  }

  /** The browser says that the network is back: no need to wait for the next try. */
  networkBack(): void {
    if (this.state.link !== 'lost') return
    this.retries = 0
    clearTimeout(this.retry)
    this.connect()
  }

  async chooseDevices(devices: Devices): Promise<void> {
    const change = devices.microphone !== this.devices.microphone
    this.devices = devices
    const byPhone = this.state.desk?.byPhone ?? false
    if (this.state.desk && byPhone !== (devices.byPhone ?? false)) return this.changeSound(!byPhone)
    if (!this.session) return
    try {
      if (change) await this.session.setMicrophone(devices.microphone)
      this.report()
    } catch (error) {
      this.dispatch(microphoneFault(error))
    }
  }

  /** From the page to the desk phone, or back; refused in a call, and without a phone. */
  private async changeSound(toPhone: boolean): Promise<void> {
    const reply = await this.request({ type: 'usePhone', use: toPhone })
    if (!reply.ok) return
    if (toPhone) this.closeMedia()
    else await this.negotiate()
  }

  faultSeen(): void {
    this.dispatch({ type: 'faultSeen' })
  }

  private dispatch(event: SoftphoneEvent): void {
    const next = reduce(this.state, event)
    if (next === this.state) return
    const before = this.state
    this.state = next
    if (before.desk?.call?.muted !== next.desk?.call?.muted) this.session?.setMuted(next.desk?.call?.muted ?? false)
    if (before.link !== 'lost' && next.link === 'lost') this.reconnect()
    this.listeners.forEach((listener) => listener())
  }

  private connect(): void {
    this.dropSocket()
    const open = this.options.openSocket ?? ((url: string) => new WebSocket(url))
    const socket = open(this.options.url)
    this.socket = socket
    this.opening = setTimeout(() => this.gone(socket), openLimit)
    socket.onopen = () => {
      clearTimeout(this.opening)
      this.dispatch({ type: 'opened', at: this.now() })
      void this.begin(socket)
    }
    socket.onmessage = (event) => this.heard(String(event.data))
    socket.onclose = () => this.gone(socket)
  }

  private gone(socket: WebSocket): void {
    if (this.socket !== socket) return
    const wasLost = this.state.link === 'lost'
    this.dropSocket()
    this.dispatch({ type: 'closed', at: this.now() })
    if (wasLost) this.reconnect()
  }

  private reconnect(): void {
    this.closeMedia()
    this.dropSocket()
    clearTimeout(this.retry)
    const delay = retryDelays[Math.min(this.retries++, retryDelays.length - 1)]
    this.retry = setTimeout(() => {
      if (this.state.link === 'lost') this.connect()
    }, delay)
  }

  private dropSocket(): void {
    clearTimeout(this.opening)
    const socket = this.socket
    this.socket = undefined
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null
      socket.close()
    }
    for (const id of [...this.pending.keys()]) this.settle(lost(id))
  }

  private async begin(socket: WebSocket): Promise<void> {
    const started = this.request({ type: 'start' })
    const negotiated = this.devices.byPhone ? this.changeSound(true) : this.negotiate()
    const reply = await started
    if (reply.ok) this.retries = 0
    else if (socket === this.socket) this.gone(socket) // refused, for example by a server that stops: try again
    await negotiated
  }

  private heard(text: string): void {
    const message = decode(text)
    if (!message) return
    this.dispatch({ type: 'message', at: this.now(), message })
    if (message.type === 'reply') this.settle(message)
    if (message.type === 'replaced' || message.type === 'signedOff') this.over()
    if (message.type === 'desk') this.followDesk(message)
  }

  /** The server has ended the shift of this page: it stays away. */
  private over(): void {
    this.options.storage.removeItem(shiftKey)
    this.timers.forEach(clearInterval)
    this.closeMedia()
    this.dropSocket()
  }

  private followDesk(message: Extract<ServerMessage, { type: 'desk' }>): void {
    const { status, breakReason, mediaUp } = message.desk
    // A server that started anew knows nothing of a shift that was on: be what one was.
    if (this.wasReady && status === 'break' && breakReason === freshShift) this.wantsReady = true
    if (status === 'available') this.wasReady = true
    else if (breakReason !== freshShift) this.wasReady = false
    if (!this.wantsReady || !mediaUp) return
    this.wantsReady = false
    if (status !== 'available') void this.request({ type: 'status', status: 'available' })
  }

  private settle(reply: Reply): void {
    const waiting = this.pending.get(reply.id)
    if (!waiting) return
    clearTimeout(waiting.timer)
    this.pending.delete(reply.id)
    waiting.done(reply)
  }

  private async negotiate(): Promise<void> {
    const round = ++this.round
    this.closeSession()
    this.dispatch({ type: 'media', media: 'negotiating' })
    let session: MediaSession
    try {
      session = await this.options.media.open(this.devices, {
        state: (media) => this.mediaChanged(round, media),
        stream: (stream) => {
          if (round !== this.round) return
          this.remote = stream
          this.listeners.forEach((listener) => listener())
        },
      })
    } catch (error) {
      if (round !== this.round) return
      this.dispatch(microphoneFault(error))
      this.stop()
      return
    }
    if (round !== this.round) return session.close()
    this.session = session
    session.setMuted(this.state.desk?.call?.muted ?? false)
    const reply = await this.request({ type: 'negotiate', sdp: session.offer })
    if (round !== this.round) return
    if (!reply.ok && reply.error.code === 'by-phone') return this.closeMedia() // a shift that is by phone already
    try {
      if (!reply.ok || !reply.sdp) throw new Error('no answer to our offer')
      await session.accept(reply.sdp)
      this.report()
    } catch {
      this.mediaChanged(round, 'failed')
    }
  }

  /** Sound that failed while the socket lives is negotiated again, after a second. */
  private mediaChanged(round: number, media: 'up' | 'failed'): void {
    if (round !== this.round) return
    this.dispatch({ type: 'media', media })
    if (media === 'failed') {
      setTimeout(() => {
        if (round === this.round && this.state.link === 'on') void this.negotiate()
      }, 1000)
    }
  }

  private closeSession(): void {
    this.session?.close()
    this.session = undefined
    this.remote = undefined
  }

  private closeMedia(): void {
    this.round++
    this.closeSession()
    this.dispatch({ type: 'media', media: 'none' })
  }

  private report(): void {
    const label = (text: string) => text.slice(0, maxLabel)
    void this.request({ type: 'devices', microphone: label(this.session?.microphone() ?? ''), speaker: label(this.devices.speaker) })
  }

  private ping(): void {
    if (this.socket?.readyState !== 1) return
    this.socket.send(JSON.stringify({ id: String(this.nextId++), type: 'ping' } satisfies Request & { id: string }))
  }

  private tick(): void {
    this.dispatch({ type: 'tick', at: this.now() })
  }
}

function microphoneFault(error: unknown): SoftphoneEvent {
  const name = error instanceof DOMException ? error.name : ''
  const code =
    name === 'NotFoundError' ? 'no-microphone'
    : name === 'NotAllowedError' ? 'microphone-refused'
    : name === 'SecurityError' ? 'insecure-page'
    : 'microphone-failed'
  return { type: 'fault', code, message: error instanceof Error ? error.message : '' }
}
