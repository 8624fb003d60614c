import { Button, Table } from 'antd'
import type { TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from '@tanstack/react-router'
import { useAccessLog } from '../../api/reference'
import type { AccessRow } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { dateTime, duration } from '../../components/time'

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
const callId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** What was read or done to: a ticket or a call, to be opened, with the part that was heard or what became of it; an agent; or a masked number. */
function Subject({ row }: { row: AccessRow }) {
  const { t } = useTranslation()
  const { subject } = row
  if (row.action === 'agent.status') return <><bdi>{subject}</bdi> · {t(`access.status.${row.detail}`)}</>
  if (ticketNumber.test(subject)) return <Link to="/tickets/$number" params={{ number: subject }}><Ltr>{subject}</Ltr></Link>
  if (!callId.test(subject)) return <Ltr>{subject}</Ltr>
  const segment = /^segment (\d+)$/.exec(row.detail ?? '')
  const watched = /^(monitor|whisper|barge) (\d+)s/.exec(row.detail ?? '')
  return (
    <>
      {t('call.title')} <Link to="/calls/$call" params={{ call: subject }}><Ltr>{subject}</Ltr></Link>
      {watched && <> · {t(`supervise.${watched[1]}`)} <Ltr>{duration(1000 * Number(watched[2]))}</Ltr></>}
      {row.action === 'call.release' && <> · {t(`access.release.${row.detail}`)}</>}
      {segment && <> · {t('access.segment', { n: segment[1] })}</>}
    </>
  )
}
