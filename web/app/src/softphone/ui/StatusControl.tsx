import { Button, Popover, Space, Tag } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { duration } from '../../components/time'
import { useNow } from '../../components/useNow'
import { useSettings } from '../../api/reference'
import { allowed, serverTime } from '../machine'
import type { Desk } from '../protocol'
import { askToNotify } from './announce'
import { usePhone, usePhoneState, useRingtone, chosenDevices } from './PhoneContext'

const colours: Record<string, string> = {
  idle: 'green', reserved: 'blue', ringing: 'blue', talking: 'volcano', held: 'orange', wrapUp: 'purple', monitoring: 'cyan', break: 'gold',
}

/** What an agent is doing, in one word: the state, or the break and its reason. */
export function useDeskWord(): (desk: Pick<Desk, 'status' | 'state' | 'breakReason'>) => { text: string; colour: string } {
  const { t } = useTranslation()
  return (desk) => {
    if (desk.state !== 'idle') return { text: t(`agentState.${desk.state}`), colour: colours[desk.state] ?? 'default' }
    if (desk.status === 'available') return { text: t('agentState.available'), colour: 'green' }
    const reason = desk.breakReason ? t(`breakReason.${desk.breakReason}`, { defaultValue: desk.breakReason }) : ''
    return { text: reason ? `${t('agentState.break')} · ${reason}` : t('agentState.break'), colour: 'gold' }
  }
}

/** Start and end of the shift, ready and break. */
export function StatusControl() {
  const { t } = useTranslation()
  const phone = usePhone()
  const ringtone = useRingtone()
  const state = usePhoneState()
  const word = useDeskWord()
  const now = useNow(1000)
  if (state.link === 'off' || state.link === 'replaced') {
    return (
      <Button
        type="primary"
        data-testid="start-shift"
        onClick={() => {
          ringtone.unlock()
          askToNotify()
          phone.start(chosenDevices())
        }}
      >
        {t('phone.startShift')}
      </Button>
    )
  }
  const { desk } = state
  if (!desk) return <Tag>{t('phone.connecting')}</Tag>
  const may = allowed(state)
  const shown = word(desk)
  return (
    <Space wrap>
      <Tag color={shown.colour} data-testid="status" data-status={desk.status} data-state={desk.state} role="status">
        {shown.text} <bdi dir="ltr">{duration(serverTime(state, now) - Date.parse(desk.since))}</bdi>
      </Tag>
      {desk.status === 'break' ? (
        <Button type="primary" data-testid="ready" disabled={!may.status} onClick={() => void phone.request({ type: 'status', status: 'available' })}>
          {t('phone.ready')}
        </Button>
      ) : (
        <BreakButton disabled={!may.status} />
      )}
      <Button data-testid="end-shift" disabled={!may.endShift} onClick={() => void phone.endShift()}>
        {t('phone.endShift')}
      </Button>
    </Space>
  )
}

/** Where Tab finds it: the next stop after its button. */
export const besideTrigger = (trigger: HTMLElement): HTMLElement => trigger.parentElement ?? document.body

/** Break (小休) needs a reason. */
function BreakButton({ disabled }: { disabled: boolean }) {
  const { t } = useTranslation()
  const phone = usePhone()
  const settings = useSettings()
  const [open, setOpen] = useState(false)
  const take = (reason: string) => {
    setOpen(false)
    void phone.request({ type: 'status', status: 'break', reason })
  }
  const reasons = (
    <Space orientation="vertical" role="group" aria-label={t('phone.break')}>
      {(settings.data?.breakReasons ?? []).map((key) => (
        <Button key={key} block data-testid={`break-${key}`} onClick={() => take(key)}>{t(`breakReason.${key}`, { defaultValue: key })}</Button>
      ))}
    </Space>
  )
  return (
    <Popover trigger="click" getPopupContainer={besideTrigger} open={open && !disabled} onOpenChange={setOpen} content={reasons}>
      <Button data-testid="break" disabled={disabled}>{t('phone.break')}</Button>
    </Popover>
  )
}
