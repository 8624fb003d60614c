import { Skeleton, Timeline } from 'antd'
import { useTranslation } from 'react-i18next'
import { useTicketEvents } from '../../api/tickets'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { dateTime } from '../../components/time'

/** Every event of the ticket, by name where the server gives one (an agency does not see who of the hotline acted), else by role; the end of its hash lets a reader compare it with a paper copy. */
export function History({ number, version }: { number: string; version: number }) {
  const { t } = useTranslation()
  const events = useTicketEvents(number, version)
  if (events.error) return <FaultNote error={events.error} />
  if (!events.data) return <Skeleton active />
  const items = events.data.map((one) => ({
    key: one.seq,
    content: (
      <>
        <strong>{t(`event.${one.type}`, { defaultValue: one.type })}</strong> · <bdi>{one.actor && one.role !== 'system' ? one.actor : t(`role.${one.role}`)}</bdi> · <Ltr>{dateTime(one.at)}</Ltr> <Detail data={one.data as EventData} />{' '}
        <Ltr className="hash" title={t('ticket.hash')}>{one.hash?.slice(0, 12)}</Ltr>
      </>
    ),
  }))
  return <Timeline items={items} data-testid="history" />
}

/** What the page shows of an event's data; the server sends more. */
interface EventData {
  reason?: string
  way?: string
  rating?: number
  solved?: boolean
  assignments?: { agencyName: string }[]
  attempt?: { way: string; result: string }
}

function Detail({ data }: { data: EventData | undefined }) {
  const { t } = useTranslation()
  if (!data) return null
  const said = [
    ...(data.assignments ?? []).map((one) => one.agencyName),
    data.attempt && `${t(`way.${data.attempt.way}`)}: ${t(`attempt.${data.attempt.result}`, { defaultValue: data.attempt.result })}`,
    data.way && t(`way.${data.way}`),
    data.solved !== undefined && `${t('ticket.solved')}: ${t(data.solved ? 'yes' : 'no')}`,
    data.rating && t(`rating.${data.rating}`),
    data.reason && t(`closeReason.${data.reason}`, { defaultValue: data.reason }),
  ].filter((one) => typeof one === 'string' && one !== '')
  return said.length > 0 ? <bdi>· {said.join(' · ')}</bdi> : null
}
