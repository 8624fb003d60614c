import { Button, Input, Space } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useSession } from '../../api/session'
import { Panel } from '../../components/Panel'
import { allowed } from '../../softphone/machine'
import { usePhone, usePhoneState } from '../../softphone/ui/PhoneContext'
import { DoNotCallList } from './DoNotCallList'
import { Lists } from './Lists'
import { Working } from './Working'

/** Calls out (外呼): any number, and people of call lists one by one; a supervisor makes the lists. */
export default function OutboundPage() {
  const { t } = useTranslation()
  const supervisor = useSession().data?.account.role === 'supervisor'
  return (
    <section className="stacked" aria-label={t('menu.outbound')}>
      <h1>{t('menu.outbound')}</h1>
      <Panel title={t('outbound.work')}><Working /></Panel>
      <Panel title={t('outbound.dial')}><AnyNumber /></Panel>
      {supervisor && <Panel title={t('outbound.lists')}><Lists /></Panel>}
      {supervisor && <Panel title={t('outbound.doNotCall')}><DoNotCallList /></Panel>}
    </section>
  )
}

function AnyNumber() {
  const { t } = useTranslation()
  const phone = usePhone()
  const may = allowed(usePhoneState()).dial
  const [number, setNumber] = useState('')
  const [ticket, setTicket] = useState('')
  const bare = number.replace(/[ -]/g, '')
  const call = async () => {
    const reply = await phone.request({ type: 'dial', number: bare, ...(ticket.trim() && { ticket: ticket.trim() }) })
    if (reply.ok) setNumber('')
  }
  return (
    <Space wrap>
      <Input aria-label={t('callback.number')} placeholder={t('callback.number')} data-testid="dial-number" dir="ltr" maxLength={32} value={number} onChange={(event) => setNumber(event.target.value)} />
      <Input aria-label={t('outbound.ticket')} placeholder={t('outbound.ticket')} dir="ltr" maxLength={32} value={ticket} onChange={(event) => setTicket(event.target.value)} />
      <Button type="primary" data-testid="dial" disabled={!may || !/^\+?\d+$/.test(bare)} onClick={() => void call()}>{t('outbound.call')}</Button>
      {!may && <span>{t('outbound.notReady')}</span>}
    </Space>
  )
}
