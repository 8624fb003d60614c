import { Button, Tag } from 'antd'
import { useTranslation } from 'react-i18next'
import { Ltr } from '../../components/Ltr'
import { duration } from '../../components/time'
import { useNow } from '../../components/useNow'
import { serverTime } from '../machine'
import { usePhone, usePhoneState } from './PhoneContext'

/** Whether the call is recorded, and the pause for sensitive data with the time it has left. */
export function RecordingControl() {
  const { t } = useTranslation()
  const phone = usePhone()
  const state = usePhoneState()
  const now = useNow(500)
  const call = state.desk?.call
  if (!call) return null
  const on = state.link === 'on'
  const own = call.role === 'agent' // others may look; a supervisor pauses by the API
  if (call.pausedUntil) {
    const left = Math.max(0, Date.parse(call.pausedUntil) - serverTime(state, now))
    return (
      <>
        <Tag color="gold" data-testid="recording-paused" role="timer">{t('phone.recordingPaused')} <Ltr>{duration(left + 999)}</Ltr></Tag>
        {own && (
          <Button data-testid="resume-recording" type="primary" disabled={!on} onClick={() => void phone.request({ type: 'resumeRecording' })}>
            {t('phone.resumeRecording')}
          </Button>
        )}
      </>
    )
  }
  if (!call.recording) return null
  return (
    <>
      <Tag color="red">{t('phone.recording')}</Tag>
      {own && (
        <Button data-testid="pause-recording" disabled={!on} onClick={() => void phone.request({ type: 'pauseRecording' })}>
          {t('phone.pauseRecording')}
        </Button>
      )}
    </>
  )
}
