import { Button, Descriptions } from 'antd'
import type { DescriptionsProps } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from '@tanstack/react-router'
import { useSession } from '../../api/session'
import { useRevealed } from '../../api/tickets'
import type { Ticket } from '../../api/types'
import { mayReveal } from '../../app/roles'
import { useFaultText } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { dateTime } from '../../components/time'

/** What was said and by whom. Name and number are shown whole only on request, which is logged. */
export function Facts({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation()
  const revealed = useRevealed(ticket.number)
  const person = revealed.data ?? ticket.requester
  const items: DescriptionsProps['items'] = [
    { key: 'kind', label: t('form.kind'), children: t(`kind.${ticket.kind}`) },
    { key: 'urgency', label: t('form.urgency'), children: t(`urgency.${ticket.urgency}`) },
    { key: 'category', label: t('form.category'), children: <bdi>{ticket.categoryPath?.join(' / ') || ticket.category}</bdi> },
    { key: 'lodgedAt', label: t('list.lodgedAt'), children: <Ltr>{dateTime(ticket.lodgedAt)}</Ltr> },
    { key: 'address', label: t('form.address'), children: <bdi>{ticket.address || '–'}</bdi> },
    ...(person
      ? [
          { key: 'name', label: t('form.name'), children: <><bdi>{person.name || '–'}</bdi>{person.gender ? ` · ${t(`gender.${person.gender}`)}` : ''}</> },
          { key: 'phone', label: t('form.phone'), children: <Phone number={person.phone} revealed={revealed} /> },
          ...(person.contact ? [{ key: 'contact', label: t('form.contact'), children: <bdi>{person.contact}</bdi> }] : []),
        ]
      : []),
    ...(ticket.call
      ? [{ key: 'call', label: t('ticket.call'), children: <Link to="/calls/$call" params={{ call: ticket.call }}>{t('ticket.toCall')}</Link> }]
      : []),
    { key: 'content', label: t('form.content'), span: 'filled' as const, children: <p className="free" dir="auto">{ticket.content}</p> },
    ...(ticket.answer ? [{ key: 'answer', label: t('ticket.answer'), span: 'filled' as const, children: <p className="free" dir="auto">{ticket.answer}</p> }] : []),
    ...(ticket.told
      ? [{ key: 'told', label: t('ticket.told'), children: <>{t(`way.${ticket.told.way}`)} <Ltr>{dateTime(ticket.told.at)}</Ltr></> }]
      : []),
    ...(ticket.finalRating
      ? [{ key: 'rating', label: t('ticket.rating'), children: t(`rating.${ticket.finalRating}`) }]
      : []),
    ...(ticket.solved !== undefined && ticket.solved !== null ? [{ key: 'solved', label: t('ticket.solved'), children: t(ticket.solved ? 'yes' : 'no') }] : []),
  ]
  return <Descriptions column={{ xs: 1, md: 2 }} size="small" items={items} />
}

function Phone({ number, revealed }: { number: string; revealed: ReturnType<typeof useRevealed> }) {
  const { t } = useTranslation()
  const text = useFaultText()
  const account = useSession().data?.account
  return (
    <>
      <Ltr data-testid="requester-phone">{number}</Ltr>{' '}
      {!revealed.data && account && mayReveal(account.role) && (
        <Button size="small" data-testid="reveal" loading={revealed.isPending} onClick={() => revealed.mutate()}>{t('ticket.reveal')}</Button>
      )}
      {revealed.error && <span role="alert"> {text(revealed.error)}</span>}
    </>
  )
}
