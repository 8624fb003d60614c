// @vitest-environment jsdom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import english from '../../locales/en.json'
import type { Desk } from '../protocol'
import { PhoneBar } from './PhoneBar'
import { chosenDevices, PhoneProvider } from './PhoneContext'

vi.mock('@tanstack/react-router', () => ({ useNavigate: () => vi.fn(), Link: () => null }))

/** The server's end of the page's socket: says yes to everything. */
class Server {
  static last: Server
  readyState = 1
  onopen?: () => void
  onmessage?: (event: { data: string }) => void
  asked: { id: string; type: string }[] = []
  constructor() {
    Server.last = this
  }
  send(text: string) {
    const asked = JSON.parse(text) as { id: string; type: string }
    this.asked.push(asked)
    queueMicrotask(() => this.say({ type: 'reply', id: asked.id, ok: true, sdp: 'answer' }))
  }
  say(message: object) {
    act(() => this.onmessage?.({ data: JSON.stringify(message) }))
  }
  close() {}
}

interface Track { id: string; label: string; enabled: boolean; stop: () => void }
const stopped: string[] = []
const opened = (id: string) => {
  const track: Track = { id, label: `label of ${id}`, enabled: true, stop: () => stopped.push(id) }
  return { getTracks: () => [track], getAudioTracks: () => [track] }
}
const replaceTrack = vi.fn((_: Track) => Promise.resolve())
const heard = { of: 'the caller' }
class Peer {
  connectionState = 'new'
  localDescription = { sdp: 'offer' }
  ontrack?: (event: { streams: object[] }) => void
  addTransceiver = () => ({ sender: { replaceTrack } })
  createOffer = () => Promise.resolve({})
  setLocalDescription = () => Promise.resolve()
  setRemoteDescription = () => {
    this.ontrack?.({ streams: [heard] })
    return Promise.resolve()
  }
  close() {}
}

const device = (kind: string, deviceId: string) => ({ kind, deviceId, label: `${deviceId}!` })
const setSinkId = vi.fn((_: string) => Promise.resolve())

beforeAll(async () => {
  await i18next.use(initReactI18next).init({ lng: 'en', resources: { en: { translation: english } } })
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} })
  vi.stubGlobal('matchMedia', () => ({ matches: false, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} }))
  vi.stubGlobal('WebSocket', Server)
  vi.stubGlobal('RTCPeerConnection', Peer)
  vi.stubGlobal('RTCRtpReceiver', {})
  vi.stubGlobal('fetch', () => new Promise(() => {}))
  Object.defineProperty(navigator, 'mediaDevices', {
    configurable: true,
    value: {
      getUserMedia: ({ audio }: { audio: { deviceId?: { ideal: string } } }) => Promise.resolve(opened(audio.deviceId?.ideal ?? 'system')),
      enumerateDevices: () => Promise.resolve([device('audioinput', 'headset'), device('audioinput', 'webcam'), device('audiooutput', 'ear'), device('videoinput', 'cam')]),
      addEventListener() {}, removeEventListener() {},
    },
  })
  Object.assign(HTMLMediaElement.prototype, { setSinkId, play: () => Promise.resolve() })
  Object.defineProperty(HTMLMediaElement.prototype, 'srcObject', { configurable: true, writable: true, value: null })
})
afterEach(cleanup)

const patient = { timeout: 60_000 }

async function choose(what: string, label: string) {
  fireEvent.mouseDown(screen.getByLabelText(what))
  fireEvent.click(await screen.findByText(label, undefined, patient))
}

it('speaks and plays by the devices that are chosen, at once, and keeps them', async () => {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <PhoneProvider owner="a" enabled startsReady><PhoneBar /></PhoneProvider>
    </QueryClientProvider>,
  )
  fireEvent.click(screen.getByTestId('start-shift'))
  act(() => Server.last.onopen?.())
  const desk: Desk = { agent: 'a', name: 'agent', status: 'available', state: 'idle', since: new Date().toISOString(), online: true, mediaUp: true }
  Server.last.say({ type: 'desk', now: new Date().toISOString(), desk })
  const audio = screen.getByTestId<HTMLAudioElement>('remote-audio')
  await vi.waitFor(() => expect(audio.srcObject).toBe(heard), patient)
  expect(setSinkId).not.toHaveBeenCalled() // the system's choice
  fireEvent.click(screen.getByTestId('devices'))
  await screen.findByLabelText('Microphone', undefined, patient)
  await choose('Microphone', 'webcam!')
  await choose('Speaker', 'ear!')
  fireEvent.click(screen.getByText('Save'))
  await vi.waitFor(() => expect(replaceTrack).toHaveBeenCalledTimes(1), patient)
  expect(replaceTrack.mock.calls[0]![0].id).toBe('webcam')
  expect(setSinkId).toHaveBeenCalledWith('ear')
  await vi.waitFor(() => expect(stopped).toEqual(['system']), patient) // the old microphone is let go
  await vi.waitFor(() => expect(Server.last.asked).toContainEqual(expect.objectContaining({ type: 'devices', microphone: 'label of webcam' })), patient)
  expect(chosenDevices()).toMatchObject({ microphone: 'webcam', speaker: 'ear' })
})
