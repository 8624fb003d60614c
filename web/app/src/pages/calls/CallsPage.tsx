import { Button, DatePicker, Input, Space, Table, Tag } from 'antd'
import type { TableColumnsType } from 'antd'
import type { Dayjs } from 'dayjs'
// Months and weekdays of the calendar, and the day a week begins with.
import 'dayjs/locale/kk'
import 'dayjs/locale/ug-cn'
import 'dayjs/locale/zh-cn'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from '@tanstack/react-router'
import { useCalls } from '../../api/calls'
import type { CallRow } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { beijingDay, dateTime, duration } from '../../components/time'

/** Call records (话单), newest first. */
export default function CallsPage() {
  const { t } = useTranslation()
  const [number, setNumber] = useState('')
  const [range, setRange] = useState<[Dayjs | null, Dayjs | null] | null>(null)
  const list = useCalls({
    number: number.trim() || undefined,
    from: beijingDay(range?.[0]?.format('YYYY-MM-DD'))?.from,
    to: beijingDay(range?.[1]?.format('YYYY-MM-DD'))?.to,
  })
  const filtered = number.trim() !== '' || range !== null
  const rows = list.data?.pages.flatMap((page) => page.items) ?? []
  const columns: TableColumnsType<CallRow> = [
    { title: t('call.startedAt'), dataIndex: 'startedAt', render: (at: string, row) => <Link to="/calls/$call" params={{ call: row.call }}><Ltr>{dateTime(at)}</Ltr></Link> },
    { title: t('callback.number'), dataIndex: 'number', render: (value: string) => <Ltr>{value || t('phone.withheld')}</Ltr> },
    { title: t('call.kind'), dataIndex: 'kind', render: (kind: string) => t(`callKind.${kind}`) },
    { title: t('live.agent'), dataIndex: 'agentName', render: (name?: string) => <bdi>{name}</bdi> },
    { title: t('call.wait'), dataIndex: 'waitMs', render: (ms: number) => <Ltr>{duration(ms)}</Ltr> },
    { title: t('call.talk'), dataIndex: 'talkMs', render: (ms: number, row) => <><Ltr>{duration(ms)}</Ltr> {row.unrecordedMs && <Tag color="red">{t('call.unrecorded')}</Tag>}</> },
    { title: t('call.reason'), dataIndex: 'reason', render: (reason: string) => t(`endReason.${reason}`, { defaultValue: reason }) },
  ]
  return (
    <section aria-label={t('menu.calls')}>
      <h1>{t('menu.calls')}</h1>
      <Space wrap className="filters">
        <Input.Search allowClear maxLength={20} dir="ltr" placeholder={t('call.search')} aria-label={t('call.search')} onSearch={setNumber} />
        <DatePicker.RangePicker aria-label={t('call.range')} onChange={setRange} />
      </Space>
      <FaultNote error={list.error} />
      <Table<CallRow> rowKey="call" size="small" loading={list.isPending} dataSource={rows} columns={columns} pagination={false} locale={{ emptyText: list.isPending ? ' ' : t(filtered ? 'call.emptyFiltered' : 'call.empty') }} scroll={{ x: 'max-content' }} />
      {list.hasNextPage && <Button onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>{t('list.more')}</Button>}
    </section>
  )
}
