import { Button, Space } from 'antd'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from '@tanstack/react-router'
import { Panel } from '../../components/Panel'
import { Ltr } from '../../components/Ltr'
import { duration } from '../../components/time'
import { useNow } from '../../components/useNow'
import { CallerHistory } from '../../pages/desk/CallerHistory'
import { allowed, serverTime } from '../machine'
import type { Offer } from '../protocol'
import { usePhone, usePhoneState, useRingtone } from './PhoneContext'

/** A call put to this agent: who, since when, and what there was before; rings until answered or withdrawn. */
export function OfferCard() {
  const { desk, link } = usePhoneState()
  const offer = desk?.offer
  const ringtone = useRingtone()
  const ringing = offer !== undefined && link === 'on'
  useEffect(() => {
    if (!ringing) return
    ringtone.ring()
    return () => ringtone.silence()
  }, [ringing, ringtone])
  return offer && ringing ? <Ringing key={offer.id} offer={offer} /> : null
}

function Ringing({ offer }: { offer: Offer }) {
  const { t } = useTranslation()
  const phone = usePhone()
  const state = usePhoneState()
  const navigate = useNavigate()
  const now = serverTime(state, useNow(250))
  const may = allowed(state)
  const answer = async () => {
    const reply = await phone.request({ type: 'accept', offer: offer.id })
    if (reply.ok) await navigate({ to: '/desk' })
  }
  return (
    <Panel
      className="offer"
      data-testid="offer"
      role="alertdialog"
      aria-label={t('offer.title')}
      title={<>{t('offer.title')} <Ltr>{duration(Date.parse(offer.until) - now + 999)}</Ltr></>}
    >
      <p className="offer-number"><Ltr data-testid="offer-number">{offer.number || t('phone.withheld')}</Ltr></p>
      <p>
        {t('offer.waited')} <Ltr data-testid="offer-wait">{duration(now - Date.parse(offer.waitingSince))}</Ltr>
        {offer.keys && <> · {t('offer.keys')} <Ltr>{offer.keys}</Ltr></>}
      </p>
      <Space>
        <Button type="primary" size="large" data-testid="answer" disabled={!may.answer} onClick={() => void answer()}>{t('offer.answer')}</Button>
        <Button danger size="large" data-testid="decline" disabled={!may.answer} onClick={() => void phone.request({ type: 'decline', offer: offer.id })}>{t('offer.decline')}</Button>
      </Space>
      <CallerHistory call={offer.call} />
    </Panel>
  )
}
