/**
 * The browser's sound: microphone, speaker and the one peer connection of a
 * shift. The server answers ICE-lite on one UDP port with PCMA, so the offer
 * goes out at once: its checks reach the server, whose address is in the answer.
 */

/** Query parameter for measurements: no echo cancellation, noise suppression or gain control. */
const plainAudioKey = 'hotline.plainAudio'

export interface Devices {
  microphone: string // device id, '' = the system's choice
  speaker: string
  /** The desk phone in place of both. */
  byPhone?: boolean
}

export interface MediaSession {
  /** SDP offer for the server. */
  offer: string
  accept(answer: string): Promise<void>
  setMuted(muted: boolean): void
  setMicrophone(id: string): Promise<void>
  /** Label of the microphone in use. */
  microphone(): string
  close(): void
}

export interface MediaPort {
  open(devices: Devices, on: MediaListener): Promise<MediaSession>
}

export interface MediaListener {
  state(state: 'up' | 'failed'): void
  stream(stream: MediaStream): void
}

/** Remembers ?plainAudio=1 for this tab, reloads included. */
export function rememberPlainAudio(search: string, storage: Storage): void {
  const asked = new URLSearchParams(search).get('plainAudio')
  if (asked === '1') storage.setItem(plainAudioKey, '1')
  if (asked === '0') storage.removeItem(plainAudioKey)
}

export function microphoneConstraints(id: string, plain: boolean): MediaTrackConstraints {
  return {
    ...(id ? { deviceId: { ideal: id } } : {}),
    channelCount: 1,
    echoCancellation: !plain,
    noiseSuppression: !plain,
    autoGainControl: !plain,
  }
}

async function openMicrophone(id: string): Promise<MediaStream> {
  // Absent outside localhost and HTTPS: browsers give a microphone to a secure page only.
  if (!navigator.mediaDevices?.getUserMedia) throw new DOMException('insecure page', 'SecurityError')
  const plain = sessionStorage.getItem(plainAudioKey) === '1'
  return navigator.mediaDevices.getUserMedia({ audio: microphoneConstraints(id, plain) })
}

/** Offers what trunks speak and key tones only, so that nothing is transcoded: A-law, and G.722 where the server takes it. */
function offerTrunkCodecs(transceiver: RTCRtpTransceiver): void {
  const codecs = RTCRtpReceiver.getCapabilities?.('audio')?.codecs ?? []
  const wanted = codecs.filter((codec) => /^audio\/(G722|PCMA|PCMU|telephone-event)$/i.test(codec.mimeType))
  if (!wanted.some((codec) => /PCMA/i.test(codec.mimeType))) return
  wanted.sort((a, b) => Number(/PCMU/i.test(a.mimeType)) - Number(/PCMU/i.test(b.mimeType)))
  transceiver.setCodecPreferences?.(wanted)
}

export const browserMedia: MediaPort = {
  async open(devices, on) {
    let stream = await openMicrophone(devices.microphone)
    const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' })
    const track = stream.getAudioTracks()[0]!
    const transceiver = peer.addTransceiver(track, { direction: 'sendrecv', streams: [stream] })
    offerTrunkCodecs(transceiver)
    peer.ontrack = (event) => on.stream(event.streams[0] ?? new MediaStream([event.track]))
    peer.onconnectionstatechange = () => {
      if (peer.connectionState === 'connected') on.state('up')
      if (peer.connectionState === 'failed') on.state('failed')
    }
    let muted = false
    const stop = () => stream.getTracks().forEach((one) => one.stop())
    try {
      await peer.setLocalDescription(await peer.createOffer())
    } catch (error) {
      stop()
      peer.close()
      throw error
    }
    return {
      offer: peer.localDescription!.sdp,
      accept: (answer) => peer.setRemoteDescription({ type: 'answer', sdp: answer }),
      setMuted(value) {
        muted = value
        stream.getAudioTracks().forEach((one) => (one.enabled = !value))
      },
      async setMicrophone(id) {
        const next = await openMicrophone(id)
        next.getAudioTracks().forEach((one) => (one.enabled = !muted))
        await transceiver.sender.replaceTrack(next.getAudioTracks()[0]!)
        stop()
        stream = next
      },
      microphone: () => stream.getAudioTracks()[0]?.label ?? '',
      close() {
        peer.onconnectionstatechange = null
        stop()
        peer.close()
      },
    }
  },
}

export interface DeviceList {
  microphones: { id: string; label: string }[]
  speakers: { id: string; label: string }[]
}

export async function listDevices(): Promise<DeviceList> {
  const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? []
  const of = (kind: MediaDeviceKind) =>
    all.filter((one) => one.kind === kind && one.deviceId !== '').map((one) => ({ id: one.deviceId, label: one.label || one.deviceId.slice(0, 8) }))
  return { microphones: of('audioinput'), speakers: of('audiooutput') }
}
