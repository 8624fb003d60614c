import { Button, Checkbox, Input, Select, Space, Table } from 'antd'
import type { TableColumnsType } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useSearch } from '@tanstack/react-router'
import { useTickets } from '../../api/tickets'
import type { Box, Ticket, TicketState as State } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { AssignmentState, Clock, Flags, TicketState, leading, ticketStates } from '../../components/TicketBits'
import { dateTime } from '../../components/time'

/** A worklist: one box of tickets, searched, newest or most urgent first as the server orders it. */
export default function TicketListPage() {
  const { t } = useTranslation()
  const { box } = useSearch({ from: '/staff/tickets' })
  const [q, setQ] = useState('')
  const [state, setState] = useState<State>()
  const [overdue, setOverdue] = useState(false)
  const list = useTickets({ box, q: q.trim() || undefined, state, overdue: overdue || undefined })
  const filtered = q.trim() !== '' || state !== undefined || overdue
  const rows = list.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <section aria-label={t(`menu.box.${box}`)}>
      <h1>{t(`menu.box.${box}`)}</h1>
      <Space wrap className="filters">
        <Input.Search allowClear maxLength={60} placeholder={t('list.search')} aria-label={t('list.search')} onSearch={setQ} dir="auto" />
        {box === 'all' && (
          <Select
            allowClear
            aria-label={t('list.state')}
            placeholder={t('list.state')}
            className="filter-state"
            onChange={setState}
            options={ticketStates.map((value) => ({ value, label: t(`ticketState.${value}`) }))}
          />
        )}
        <Checkbox checked={overdue} onChange={(event) => setOverdue(event.target.checked)}>{t('flag.overdue')}</Checkbox>
      </Space>
      <FaultNote error={list.error} />
      <Table<Ticket>
        rowKey="number"
        size="small"
        loading={list.isPending}
        dataSource={rows}
        columns={columns(t, box)}
        pagination={false}
        locale={{ emptyText: list.isPending ? ' ' : t(filtered ? 'list.emptyFiltered' : 'list.empty') }}
        scroll={{ x: 'max-content' }}
      />
      {list.hasNextPage && <Button onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>{t('list.more')}</Button>}
    </section>
  )
}

function columns(t: (key: string) => string, box: Box): TableColumnsType<Ticket> {
  return [
    {
      title: t('list.number'),
      dataIndex: 'number',
      render: (number: string) => <Link to="/tickets/$number" params={{ number }}><Ltr>{number}</Ltr></Link>,
    },
    { title: t('list.title'), dataIndex: 'title', className: 'title', render: (title: string) => <bdi>{title}</bdi> },
    { title: t('list.kind'), dataIndex: 'kind', render: (kind: string) => t(`kind.${kind}`) },
    { title: t('list.category'), dataIndex: 'categoryPath', className: 'path', render: (path: string[] | undefined, row) => <bdi>{path?.join(' / ') || row.category}</bdi> },
    {
      title: t('list.state'),
      render: (_, row) => {
        const lead = leading(row)
        return <><TicketState state={row.state} />{row.state === 'assigned' && lead && <AssignmentState state={lead.state} />}<Flags flags={row.flags} /></>
      },
    },
    ...(box === 'mine' || box === 'all' || box === 'followUp'
      ? [{ title: t('list.agency'), render: (_: unknown, row: Ticket) => <bdi>{leading(row)?.agencyName}</bdi> }]
      : []),
    {
      title: t(box === 'toSign' ? 'list.signBy' : 'list.due'),
      render: (_, row) => {
        const lead = leading(row)
        return <Clock due={box === 'toSign' ? lead?.signBy : lead?.due} why={box === 'toSign' ? undefined : lead?.why} stopped={!!lead?.repliedAt} />
      },
    },
    { title: t('list.lodgedAt'), dataIndex: 'lodgedAt', render: (at: string) => <Ltr>{dateTime(at)}</Ltr> },
  ]
}
