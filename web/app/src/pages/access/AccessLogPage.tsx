import { Button, Table } from 'antd'
import type { TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from '@tanstack/react-router'
import { useAccessLog } from '../../api/reference'
import type { AccessRow } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { dateTime, duration, timeOfDay } from '../../components/time'

/** Who read what of whom (Art. 31). */
export default function AccessLogPage() {
  const { t } = useTranslation()
  const list = useAccessLog()
  const rows = list.data?.pages.flatMap((page) => page.items) ?? []
  const columns: TableColumnsType<AccessRow> = [
    { title: t('access.at'), dataIndex: 'at', render: (at: string) => <Ltr>{dateTime(at)}</Ltr> },
    { title: t('access.actor'), dataIndex: 'actor', render: (name: string) => <bdi>{name}</bdi> },
    { title: t('access.action'), dataIndex: 'action', render: (action: string) => t(`access.actions.${action.replaceAll('.', '-')}`, { defaultValue: action }) },
    { title: t('access.subject'), dataIndex: 'subject', render: (_, row) => <Subject row={row} /> },
    { title: t('access.detail'), dataIndex: 'detail', render: (_, row) => <Detail action={row.action} detail={row.detail ?? ''} /> },
  ]
  return (
    <section aria-label={t('menu.accessLog')}>
      <h1>{t('menu.accessLog')}</h1>
      <FaultNote error={list.error} />
      <Table<AccessRow> rowKey="id" size="small" loading={list.isPending} dataSource={rows} columns={columns} pagination={false} locale={{ emptyText: list.isPending ? ' ' : t('access.empty') }} scroll={{ x: 'max-content' }} />
      {list.hasNextPage && <Button onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>{t('list.more')}</Button>}
    </section>
  )
}

const ticketNumber = /^\d{8}-\d{6}$/
/** Their subjects are words: a name, a reason. */
const inWords = ['agent.status', 'routing.agent', 'emergency.declare']
/** Their subjects are calls; others have ids of the same shape. */
const ofCalls = /^(call|calls|recording|ticket)\.|^mark\.call$/
const callId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** What was read or done to: a ticket or a call, to be opened; an account, a masked number, a queue, a mark, a webhook. */
function Subject({ row }: { row: AccessRow }) {
  const { t } = useTranslation()
  const { subject } = row
  if (inWords.includes(row.action)) return <bdi>{subject}</bdi>
  if (ticketNumber.test(subject)) return <Link to="/tickets/$number" params={{ number: subject }}><Ltr>{subject}</Ltr></Link>
  if (!ofCalls.test(row.action) || !callId.test(subject)) return <Ltr>{subject}</Ltr>
  return <>{t('call.title')} <Link to="/calls/$call" params={{ call: subject }}><Ltr>{subject}</Ltr></Link></>
}

/** The part that was heard, what became of it, how long and why, or what was written. */
function Detail({ action, detail }: { action: string; detail: string }) {
  const { t } = useTranslation()
  if (detail === '' || detail === 'null') return null
  if (action === 'agent.status') return <>{t(`access.status.${detail}`)}</>
  if (action === 'call.release') return <>{t(`access.release.${detail}`)}</>
  const segment = /^segment (\d+)$/.exec(detail)
  if (segment) return <>{t('access.segment', { n: segment[1] })}</>
  const watched = /^(monitor|whisper|barge) (\d+)s over (.*)$/.exec(detail)
  if (action === 'call.watched' && watched) return <>{t(`supervise.${watched[1]}`)} <Ltr>{duration(1000 * Number(watched[2]))}</Ltr> · <bdi>{watched[3]}</bdi></>
  if (action === 'recording.pause') {
    const [since, ended, why] = detail.split(' ')
    return <><Ltr>{dateTime(since!)} – {timeOfDay(ended!)}</Ltr> · {t(`access.pause.${why}`)}</>
  }
  const written = read(detail)
  if (typeof written === 'string') return <bdi>{written}</bdi>
  return <details><summary>{t('access.written')}</summary><pre dir="ltr">{JSON.stringify(written, null, 2)}</pre></details>
}

/** Objects, lists and texts as the server has written them; reasons that people gave are no JSON. */
function read(detail: string): unknown {
  if (!/^[[{"]/.test(detail)) return detail
  try {
    return JSON.parse(detail)
  } catch {
    return detail
  }
}
