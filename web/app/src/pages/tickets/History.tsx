import { Skeleton, Timeline } from 'antd'
import { useTranslation } from 'react-i18next'
import { useTicketEvents } from '../../api/tickets'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { dateTime } from '../../components/time'

/** Every event of the ticket; the end of its hash lets a reader compare it with a paper copy. */
export function History({ number, version }: { number: string; version: number }) {
  const { t } = useTranslation()
  const events = useTicketEvents(number, version)
  if (events.error) return <FaultNote error={events.error} />
  if (!events.data) return <Skeleton active />
  const items = events.data.map((one) => ({
    key: one.seq,
    content: (
      <>
        <strong>{t(`event.${one.type}`, { defaultValue: one.type })}</strong> · <bdi>{one.actor}</bdi> · <Ltr>{dateTime(one.at)}</Ltr>{' '}
        <Ltr className="hash" title={t('ticket.hash')}>{one.hash?.slice(0, 12)}</Ltr>
      </>
    ),
  }))
  return <Timeline items={items} data-testid="history" />
}
