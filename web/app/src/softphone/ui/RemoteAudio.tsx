import { useEffect, useRef } from 'react'
import { usePhoneState, useRemoteStream, chosenDevices } from './PhoneContext'

/** Plays what the caller says; always in the page, so that no sound is lost on a change of view. */
export function RemoteAudio() {
  const audio = useRef<HTMLAudioElement>(null)
  const stream = useRemoteStream()
  const { media } = usePhoneState()
  useEffect(() => {
    const element = audio.current
    if (!element) return
    element.srcObject = stream ?? null
    if (!stream) return
    const { speaker } = chosenDevices()
    if (speaker && 'setSinkId' in element) element.setSinkId(speaker).catch(() => undefined) // gone: the system's choice
    element.play().catch(() => undefined) // autoplay tries again by itself
  }, [stream, media])
  return <audio ref={audio} data-testid="remote-audio" autoPlay playsInline hidden />
}
