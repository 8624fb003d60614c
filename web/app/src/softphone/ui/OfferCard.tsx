import { Button, Space, Tag } from 'antd'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from '@tanstack/react-router'
import { useQueues } from '../../api/reference'
import { Panel } from '../../components/Panel'
import { Ltr } from '../../components/Ltr'
import { isolate } from '../../components/isolate'
import { duration } from '../../components/time'
import { useNow } from '../../components/useNow'
import { CallerHistory } from '../../pages/desk/CallerHistory'
import { allowed, serverTime } from '../machine'
import type { Offer } from '../protocol'
import { useAnnounce } from './announce'
import { usePhone, usePhoneState, useRingtone } from './PhoneContext'
import { useShortcut } from './shortcut'

/** Answers from wherever the person is typing; no browser uses it. */
const answerKey = 'F8'

/** A call put to this agent: who, since when, and what there was before; rings until answered or withdrawn. */
export function OfferCard() {
  const { desk, link } = usePhoneState()
  const offer = desk?.offer
  const ringtone = useRingtone()
  const ringing = offer !== undefined && link === 'on'
  const heard = ringing && !desk?.byPhone // else the phone rings
  useEffect(() => {
    if (!heard) return
    ringtone.ring()
    return () => ringtone.silence()
  }, [heard, ringtone])
  return offer && ringing ? <Ringing key={offer.id} offer={offer} /> : null
}

function Ringing({ offer }: { offer: Offer }) {
  const { t } = useTranslation()
  const phone = usePhone()
  const state = usePhoneState()
  const navigate = useNavigate()
  const now = serverTime(state, useNow(250))
  const may = allowed(state)
  const queue = useQueues().data?.find((one) => one.id === offer.queue)?.name
  const number = offer.number || t('phone.withheld')
  const asked = offer.askedBy
  const title = asked ? t('offer.asked', { name: isolate(asked) }) : t('offer.title')
  useAnnounce(asked ? title : t('offer.announce', { number }), t('app.title'))
  const button = useShortcut(answerKey)
  useEffect(() => {
    // Who is typing goes on typing: a space would answer. Nobody else has to look for the button.
    if (!document.activeElement || document.activeElement === document.body) button.current?.focus()
  }, [button])
  const answer = async () => {
    const reply = await phone.request({ type: 'accept', offer: offer.id })
    if (reply.ok) await navigate({ to: '/desk' })
  }
  return (
    <Panel
      className="offer"
      data-testid="offer"
      role="alertdialog"
      aria-label={title}
      title={<><span data-testid="offer-title">{title}</span> <Ltr>{duration(Date.parse(offer.until) - now + 999)}</Ltr></>}
    >
      <p className="offer-number"><Ltr data-testid="offer-number">{number}</Ltr></p>
      <p>
        {t('offer.waited')} <Ltr data-testid="offer-wait">{duration(now - Date.parse(offer.waitingSince))}</Ltr>
        {queue && <> · <bdi>{queue}</bdi></>}
        {offer.keys && <> · {t('offer.keys')} <Ltr>{offer.keys}</Ltr></>}
      </p>
      <Known offer={offer} />
      <Space>
        {state.desk?.byPhone ? (
          <strong data-testid="answer-on-phone">{t('offer.onPhone')}</strong>
        ) : (
          <Button ref={button} type="primary" size="large" data-testid="answer" aria-keyshortcuts={answerKey} disabled={!may.answer} onClick={() => void answer()}>
            {t('offer.answer')} <kbd aria-hidden="true">{answerKey}</kbd>
          </Button>
        )}
        <Button danger size="large" data-testid="decline" disabled={!may.decline} onClick={() => void phone.request({ type: 'decline', offer: offer.id })}>{t('offer.decline')}</Button>
      </Space>
      <CallerHistory call={offer.call} />
    </Panel>
  )
}

/** What is known of the caller before anybody speaks. */
function Known({ offer }: { offer: Offer }) {
  const { t } = useTranslation()
  if (!offer.callback && !offer.language && !offer.green && !offer.repeat && !offer.harassment) return null
  return (
    <p data-testid="offer-known">
      {offer.callback && <Tag color="blue">{t('offer.callback')}</Tag>}
      {offer.language && <Tag color="purple">{t(`offer.speaks.${offer.language}`)}</Tag>}
      {offer.green && <Tag color="green">{t(`offer.green.${offer.green}`)}</Tag>}
      {offer.repeat && <Tag color="orange">{t('offer.repeat', { n: offer.repeat })}</Tag>}
      {offer.harassment && <Tag color="red">{t('offer.harassment')}</Tag>}
    </p>
  )
}
