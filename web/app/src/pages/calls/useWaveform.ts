import { useEffect, useRef, useState } from 'react'
import type { RefObject } from 'react'
import type WaveSurfer from 'wavesurfer.js'

export interface Waveform {
  playing: boolean
  /** Place in the recording, ms. */
  at: number
  failed: boolean
  toggle: () => void
}

interface Peaks {
  left: number[]
  right: number[]
  ms: number
}

const colours = [{ waveColor: '#7aa7e0', progressColor: '#1554ad' }, { waveColor: '#8cc49a', progressColor: '#2b7a3e' }]

/**
 * Draws the peaks into `box` and plays `url` over them. The sound is fetched
 * only when somebody wants to listen, since each listening is logged.
 */
export function useWaveform(box: RefObject<HTMLElement | null>, url: string, peaks: Peaks | undefined): Waveform {
  const surfer = useRef<WaveSurfer>(undefined)
  const [asked, setAsked] = useState(false)
  const [playing, setPlaying] = useState(false)
  const [at, setAt] = useState(0)
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    if (!peaks) return
    let gone = false
    const audio = new Audio()
    audio.preload = 'none'
    if (asked) audio.src = url
    void import('wavesurfer.js').then(({ default: Surfer }) => {
      if (gone || !box.current) return
      const made = Surfer.create({
        container: box.current, height: 48, media: audio, peaks: [peaks.left, peaks.right], duration: peaks.ms / 1000, normalize: false, splitChannels: colours,
      })
      surfer.current = made
      made.on('play', () => setPlaying(true))
      made.on('pause', () => setPlaying(false))
      made.on('timeupdate', (seconds) => setAt(seconds * 1000))
      made.on('error', () => setFailed(true))
      if (asked) made.play().catch(() => setFailed(true))
    })
    return () => {
      gone = true
      surfer.current?.destroy()
      surfer.current = undefined
    }
  }, [box, peaks, asked, url])
  const toggle = () => {
    if (!asked) setAsked(true)
    else void surfer.current?.playPause()
  }
  return { playing, at, failed, toggle }
}
