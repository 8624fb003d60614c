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
}

/** One recording with its waveform: above the caller, or the agent who asks; below whoever talks with them. */
export function RecordingPlayer({ call, segment, kind, startedAt, complete }: Props) {
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
      <div ref={box} className="wave" dir="ltr" role="img" aria-label={`${t('call.waveform')} ${t(`call.channelsOf.${kind}`)}`} />
      <Space wrap>
        <Button data-testid="play" onClick={wave.toggle}>{t(wave.playing ? 'call.pause' : 'call.play')}</Button>
        <Ltr>{duration(wave.at)} / {duration(peaks.data?.ms ?? 0)}</Ltr>
        <span className="legend">{t(`call.channelsOf.${kind}`)}</span>
        {wave.failed && <span role="alert">{t('call.failed')}</span>}
      </Space>
    </figure>
  )
}
