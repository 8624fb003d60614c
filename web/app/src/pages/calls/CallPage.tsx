import { Alert, Descriptions, Skeleton } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from '@tanstack/react-router'
import { Panel } from '../../components/Panel'
import { useCall } from '../../api/calls'
import { useSession } from '../../api/session'
import { mayHold, mayListen } from '../../app/roles'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { dateTime, duration } from '../../components/time'
import { CallChain } from './CallChain'
import { Hold } from './Hold'
import { Quality } from './Quality'
import { RecordingPlayer } from './RecordingPlayer'

/** One call record with its recordings and the tickets lodged from it. */
export default function CallPage() {
  const { t } = useTranslation()
  const { call } = useParams({ from: '/staff/calls/$call' })
  const query = useCall(call)
  const account = useSession().data?.account
  if (query.error) return <FaultNote error={query.error} />
  const record = query.data
  if (!record) return <Skeleton active />
  const items = [
    { key: 'number', label: t('callback.number'), children: <Ltr>{record.number || t('phone.withheld')}</Ltr> },
    { key: 'kind', label: t('call.kind'), children: t(`callKind.${record.kind}`) },
    { key: 'startedAt', label: t('call.startedAt'), children: <Ltr>{dateTime(record.startedAt)}</Ltr> },
    { key: 'agent', label: t('live.agent'), children: <bdi>{record.agentName}</bdi> },
    { key: 'wait', label: t('call.wait'), children: <Ltr>{duration(record.waitMs)}</Ltr> },
    { key: 'talk', label: t('call.talk'), children: <Ltr>{duration(record.talkMs)}</Ltr> },
    ...(record.rating ? [{ key: 'rating', label: t('badRating.rating'), children: t(`rating.${record.rating}`) }] : []),
    { key: 'reason', label: t('call.reason'), children: t(`endReason.${record.reason}`, { defaultValue: record.reason }) },
  ]
  return (
    <article className="ticket" aria-label={t('call.title')}>
      <h1>{t('call.title')}</h1>
      <Panel><Descriptions size="small" column={{ xs: 1, md: 2 }} items={items} /></Panel>
      {record.unrecordedMs !== undefined && (
        <Alert type="error" showIcon data-testid="unrecorded" title={<>{t('call.unrecorded')} <Ltr>{duration(record.unrecordedMs)}</Ltr></>} />
      )}
      <CallChain contacts={record.contacts} />
      {account && mayListen(account.role) && (
        <Panel title={t('call.recordings', { count: record.recordings.length })}>
          {record.recordings.length === 0 && t('call.noRecording')}
          {record.recordings.map((one) => (
            one.purgedAt
              ? <p key={one.segment}>{t('access.segment', { n: one.segment })} · {t(`call.segmentKind.${one.kind}`)} · {t('call.purged')} <Ltr>{dateTime(one.purgedAt)}</Ltr></p>
              : <RecordingPlayer key={one.segment} call={call} segment={one.segment} kind={one.kind} startedAt={one.startedAt} complete={one.complete} gaps={one.gaps} />
          ))}
        </Panel>
      )}
      {account && mayHold(account.role) && <Hold call={call} hold={record.hold} />}
      {record.quality.length > 0 && <Quality legs={record.quality} />}
      <Panel title={t('call.tickets')}>
        {record.tickets.length === 0 && t('pop.none')}
        <ul>
          {record.tickets.map((number) => (
            <li key={number}><Link to="/tickets/$number" params={{ number }}><Ltr>{number}</Ltr></Link></li>
          ))}
        </ul>
      </Panel>
    </article>
  )
}
