import { Button, Space } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type WaveSurfer from 'wavesurfer.js'
import { usePeaks } from '../../api/calls'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { dateTime, duration } from '../../components/time'

interface Props {
  call: string
  segment: number
  startedAt: string
  complete: boolean
}

/**
 * One recording with its waveform: caller above, agent below. The peaks come
 * from the server; the sound itself is fetched only when somebody listens,
 * since each listening is logged.
 */
export function RecordingPlayer({ call, segment, startedAt, complete }: Props) {
  const { t } = useTranslation()
  const box = useRef<HTMLDivElement>(null)
  const surfer = useRef<WaveSurfer>(undefined)
  const peaks = usePeaks(call, segment)
  const [asked, setAsked] = useState(false)
  const [playing, setPlaying] = useState(false)
  const [at, setAt] = useState(0)
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    const data = peaks.data
    if (!data || !box.current) return
    let gone = false
    let made: WaveSurfer | undefined
    const audio = new Audio()
    audio.preload = 'none'
    if (asked) audio.src = `/api/v1/calls/${encodeURIComponent(call)}/recordings/${segment}/audio`
    void import('wavesurfer.js').then(({ default: Surfer }) => {
      if (gone || !box.current) return
      made = Surfer.create({
        container: box.current,
        height: 48,
        media: audio,
        peaks: [data.left, data.right],
        duration: data.ms / 1000,
        normalize: false,
        splitChannels: [{ waveColor: '#7aa7e0', progressColor: '#1554ad' }, { waveColor: '#8cc49a', progressColor: '#2b7a3e' }],
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
      surfer.current = undefined
      made?.destroy()
    }
  }, [peaks.data, asked, call, segment])
  const toggle = () => {
    if (!asked) setAsked(true)
    else void surfer.current?.playPause()
  }
  return (
    <figure className="recording" data-testid="recording">
      <figcaption>
        <Ltr>{dateTime(startedAt)}</Ltr> {!complete && t('call.cut')}
      </figcaption>
      <FaultNote error={peaks.error} />
      <div ref={box} className="wave" dir="ltr" role="img" aria-label={t('call.waveform')} />
      <Space wrap>
        <Button data-testid="play" onClick={toggle}>{t(playing ? 'call.pause' : 'call.play')}</Button>
        <Ltr>{duration(at)} / {duration(peaks.data?.ms ?? 0)}</Ltr>
        <span className="legend">{t('call.channels')}</span>
        {failed && <span role="alert">{t('call.failed')}</span>}
      </Space>
    </figure>
  )
}
