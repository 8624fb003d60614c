import { Button, Space, Tag } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Ltr } from '../../components/Ltr'
import { duration } from '../../components/time'
import { useNow } from '../../components/useNow'
import { allowed, serverTime } from '../machine'
import { ConsultControls } from './ConsultControls'
import { KeyPad } from './KeyPad'
import { MarkControl } from './MarkControl'
import { PartiesStrip } from './PartiesStrip'
import { usePhone, usePhoneState } from './PhoneContext'
import { RecordingControl } from './RecordingControl'

const SuperviseControls = lazy(() => import('./SuperviseControls'))
const TransferDialog = lazy(() => import('./TransferDialog'))

/** The live call, or the wrap-up after it. */
export function CallControls() {
  const state = usePhoneState()
  const { desk } = state
  if (!desk) return null
  return (
    <div className="controls">
      {desk.state === 'wrapUp' ? <WrapUp /> : desk.call && <LiveCall />}
      <MarkControl call={desk.call} />
    </div>
  )
}

function LiveCall() {
  const { t } = useTranslation()
  const phone = usePhone()
  const state = usePhoneState()
  const call = state.desk?.call
  if (!call) return null
  const may = allowed(state)
  const leaves = call.role !== 'agent'
  const twoSides = call.state === 'consulting' || call.state === 'swapped' // ended by the consultation's own buttons
  return (
    <div className="controls" role="group" aria-label={t('phone.call')}>
      <Standing />
      <RecordingControl />
      <Button data-testid="mute" aria-pressed={call.muted} type={call.muted ? 'primary' : 'default'} disabled={!may.mute} onClick={() => void phone.request({ type: 'mute', muted: !call.muted })}>
        {call.muted ? t('phone.unmute') : t('phone.mute')}
      </Button>
      {call.role === 'agent' && <OwnCall />}
      {call.role === 'supervisor' && <Suspense><SuperviseControls call={call} /></Suspense>}
      {(leaves || !twoSides) && (
        <Button data-testid="hang-up" danger type="primary" disabled={!may.hangUp} onClick={() => void phone.request({ type: 'hangUp' })}>
          {t(leaves ? 'phone.leave' : call.state === 'conference' ? 'consult.endAll' : 'phone.hangUp')}
        </Button>
      )}
    </div>
  )
}

/** Where the call stands: a word and the time, or who hears whom when there are more than two. */
function Standing() {
  const { t } = useTranslation()
  const state = usePhoneState()
  const now = useNow(1000)
  const call = state.desk?.call
  if (!call) return null
  const time = serverTime(state, now)
  if (call.consult || call.supervisor || call.role !== 'agent') return <PartiesStrip call={call} time={time} />
  const since = call.heldSince ?? call.startedAt
  return (
    <Tag color={call.state === 'held' ? 'orange' : 'volcano'} data-testid="call-state" data-state={call.state} role="status">
      {t(`callState.${call.state}`)} <Ltr>{call.number || t('phone.withheld')}</Ltr> <Ltr>{duration(time - Date.parse(since))}</Ltr>
    </Tag>
  )
}

/** What only whose call it is may do with it. */
function OwnCall() {
  const { t } = useTranslation()
  const phone = usePhone()
  const state = usePhoneState()
  const [transferring, setTransferring] = useState(false)
  const call = state.desk?.call
  if (!call) return null
  const may = allowed(state)
  const keys = <KeyPad disabled={!may.keys} />
  if (call.consult) return <>{keys}<ConsultControls /></>
  const ended = call.consultEnded
  return (
    <>
      {call.state === 'held' ? (
        <Button data-testid="resume" type="primary" disabled={!may.resume} onClick={() => void phone.request({ type: 'resume' })}>{t('phone.resume')}</Button>
      ) : (
        <Button data-testid="hold" disabled={!may.hold} onClick={() => void phone.request({ type: 'hold' })}>{t('phone.hold')}</Button>
      )}
      {keys}
      <Button data-testid="transfer" disabled={!may.transfer} onClick={() => setTransferring(true)}>{t('phone.transfer')}</Button>
      {ended && <span role="status" data-testid="consult-ended">{t('consult.over', { reason: t(`endReason.${ended}`, { defaultValue: ended }) })}</span>}
      {transferring && may.transfer && <Suspense><TransferDialog onClose={() => setTransferring(false)} /></Suspense>}
    </>
  )
}

function WrapUp() {
  const { t } = useTranslation()
  const phone = usePhone()
  const state = usePhoneState()
  const now = useNow(500)
  const { desk } = state
  if (!desk) return null
  const time = serverTime(state, now)
  const left = desk.wrapUpUntil ? duration(Date.parse(desk.wrapUpUntil) - time + 999) : ''
  const reason = desk.call?.endReason
  return (
    <Space wrap>
      <Tag color="purple" data-testid="wrap-up" role="timer">
        {t('phone.wrapUp')} {left && <Ltr>{left}</Ltr>}
      </Tag>
      {reason && <span>{t(`endReason.${reason}`, { defaultValue: reason })}</span>}
      <Button data-testid="end-wrap-up" type="primary" disabled={!allowed(state).endWrapUp} onClick={() => void phone.request({ type: 'endWrapUp' })}>
        {t('phone.endWrapUp')}
      </Button>
    </Space>
  )
}
