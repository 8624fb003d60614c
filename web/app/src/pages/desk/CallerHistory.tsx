import { Skeleton } from 'antd'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { usePop } from '../../api/calls'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { TicketState } from '../../components/TicketBits'
import { dateTime, duration } from '../../components/time'

/** What there was before with this caller: calls and open tickets (弹屏), shown already while it rings. */
export function CallerHistory({ call }: { call: string }) {
  const { t } = useTranslation()
  const pop = usePop(call)
  if (pop.error) return <FaultNote error={pop.error} />
  if (!pop.data) return <Skeleton active paragraph={{ rows: 2 }} />
  const { earlierCalls, openTickets, tickets } = pop.data
  return (
    <div className="history">
      {tickets.length > 0 && (
        <>
          <h3>{t('pop.tickets')}</h3>
          <ul aria-label={t('pop.tickets')} data-testid="call-tickets">
            {tickets.map((number) => (
              <li key={number}><Link to="/tickets/$number" params={{ number }}><Ltr>{number}</Ltr></Link></li>
            ))}
          </ul>
        </>
      )}
      <h3>{t('pop.openTickets', { count: openTickets.length })}</h3>
      <ul aria-label={t('pop.openTickets', { count: openTickets.length })}>
        {openTickets.length === 0 && <li>{t('pop.none')}</li>}
        {openTickets.map((one) => (
          <li key={one.number}>
            <Link to="/tickets/$number" params={{ number: one.number }}><Ltr>{one.number}</Ltr></Link>{' '}
            <TicketState state={one.state} /> <bdi>{one.title}</bdi>
          </li>
        ))}
      </ul>
      <h3>{t('pop.earlierCalls', { count: earlierCalls.length })}</h3>
      <ul aria-label={t('pop.earlierCalls', { count: earlierCalls.length })}>
        {earlierCalls.length === 0 && <li>{t('pop.none')}</li>}
        {earlierCalls.map((one) => (
          <li key={one.call}>
            <Ltr>{dateTime(one.startedAt)}</Ltr> · <Ltr>{duration(one.talkMs)}</Ltr> · {t(`endReason.${one.reason}`, { defaultValue: one.reason })}
          </li>
        ))}
      </ul>
    </div>
  )
}
