import { Button, Input, Select, Space, Table } from 'antd'
import type { TableColumnsType } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from '@tanstack/react-router'
import { useBadRatings, useCloseBadRating } from '../../api/ratings'
import type { RatingState } from '../../api/ratings'
import type { BadRating } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { dateTime } from '../../components/time'

const states: RatingState[] = ['open', 'closed']

/** Calls whose talk was rated badly (话务差评): look at the call, act, and write what came of it. */
export default function BadRatingsPage() {
  const { t } = useTranslation()
  const [state, setState] = useState<RatingState>('open')
  const list = useBadRatings(state)
  const rows = list.data?.pages.flatMap((page) => page.items) ?? []
  const columns: TableColumnsType<BadRating> = [
    { title: t('call.startedAt'), dataIndex: 'ratedAt', render: (at: string, row) => <Link to="/calls/$call" params={{ call: row.call }}><Ltr>{dateTime(at)}</Ltr></Link> },
    { title: t('badRating.rating'), dataIndex: 'rating', render: (rating: number) => t(`rating.${rating}`) },
    { title: t('live.agent'), dataIndex: 'agentNames', render: (names: string[]) => <bdi>{names.join(', ')}</bdi> },
    { title: t('callback.note'), render: (_, row) => (row.closedAt ? <bdi>{row.note} ({row.closedByName})</bdi> : <Closing row={row} />) },
  ]
  return (
    <section aria-label={t('menu.badRatings')}>
      <h1>{t('menu.badRatings')}</h1>
      <Space wrap className="filters">
        <Select<RatingState> aria-label={t('list.state')} value={state} onChange={setState} options={states.map((value) => ({ value, label: t(`badRatingState.${value}`) }))} />
      </Space>
      <FaultNote error={list.error} />
      <Table<BadRating> rowKey="call" size="small" loading={list.isPending} dataSource={rows} columns={columns} pagination={false} locale={{ emptyText: list.isPending ? ' ' : t('badRating.empty') }} scroll={{ x: 'max-content' }} />
      {list.hasNextPage && <Button onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>{t('list.more')}</Button>}
    </section>
  )
}

function Closing({ row }: { row: BadRating }) {
  const { t } = useTranslation()
  const close = useCloseBadRating()
  const [note, setNote] = useState('')
  return (
    <Space wrap>
      <Input aria-label={t('callback.note')} placeholder={t('callback.note')} maxLength={500} value={note} onChange={(event) => setNote(event.target.value)} />
      <Button loading={close.isPending} disabled={note.trim() === ''} onClick={() => close.mutate({ call: row.call, note: note.trim() })}>{t('callback.close')}</Button>
      <FaultNote error={close.error} />
    </Space>
  )
}
