import { Button, Space } from 'antd'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { usePeaks } from '../../api/calls'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import type { Recording } from '../../api/types'
import { dateTime, duration } from '../../components/time'
import { useWaveform } from './useWaveform'

interface Props {
  call: string
  segment: number
  kind: Recording['kind']
  startedAt: string
  complete: boolean
  /** Stretches that are silence since the recording was paused, ms. */
  gaps: { from: number; to: number }[]
}

/** One recording with its waveform: above the caller, or the agent who asks; below whoever talks with them. */
export function RecordingPlayer({ call, segment, kind, startedAt, complete, gaps }: Props) {
  const { t } = useTranslation()
  const box = useRef<HTMLDivElement>(null)
  const peaks = usePeaks(call, segment)
  const wave = useWaveform(box, `/api/v1/calls/${encodeURIComponent(call)}/recordings/${segment}/audio`, peaks.data)
  return (
    <figure className="recording" data-testid="recording">
      <figcaption>
        {t('access.segment', { n: segment })} · {t(`call.segmentKind.${kind}`)} · <Ltr>{dateTime(startedAt)}</Ltr> {!complete && t('call.cut')}
      </figcaption>
      <FaultNote error={peaks.error} />
      <div className="wave-box" dir="ltr">
        <div ref={box} className="wave" role="img" aria-label={`${t('call.waveform')} ${t(`call.channelsOf.${kind}`)}`} />
        {peaks.data && gaps.map((gap) => <Gap key={gap.from} gap={gap} length={peaks.data.ms} />)}
      </div>
      {gaps.length > 0 && (
        <p className="legend" data-testid="gaps">
          {t('call.pausedSpans')} {gaps.map((gap) => <Ltr key={gap.from}>{duration(gap.from)}–{duration(gap.to)} </Ltr>)}
        </p>
      )}
      <Space wrap>
        <Button data-testid="play" onClick={wave.toggle}>{t(wave.playing ? 'call.pause' : 'call.play')}</Button>
        <Ltr>{duration(wave.at)} / {duration(peaks.data?.ms ?? 0)}</Ltr>
        <span className="legend">{t(`call.channelsOf.${kind}`)}</span>
        {wave.failed && <span role="alert">{t('call.failed')}</span>}
      </Space>
    </figure>
  )
}

/** Covers what is not on the recording. */
function Gap({ gap, length }: { gap: { from: number; to: number }; length: number }) {
  const { t } = useTranslation()
  const part = (ms: number) => `${(100 * Math.min(ms, length)) / Math.max(length, 1)}%`
  return <div className="wave-gap" title={t('call.pausedSpans')} style={{ left: part(gap.from), width: part(gap.to - gap.from) }} />
}
