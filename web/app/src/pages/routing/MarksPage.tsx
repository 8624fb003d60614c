import { Button, Popconfirm, Select, Space, Table, Tag } from 'antd'
import type { TableColumnsType } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from '@tanstack/react-router'
import { useEndMark, useMarks } from '../../api/marks'
import type { Mark, MarkState } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { dateTime } from '../../components/time'
import { MarkApproval, NewMarkForm } from './MarkForms'

const states: MarkState[] = ['pending', 'active', 'over']
const colours: Record<Mark['kind'], string> = { green: 'green', repeat: 'orange', harassment: 'red' }

/** Marks of numbers (号码标记): the green channel (Art. 40) and, with a supervisor's approval, who lets others go first. */
export default function MarksPage() {
  const { t } = useTranslation()
  const [state, setState] = useState<MarkState>('pending')
  const [adding, setAdding] = useState(false)
  const [approved, setApproved] = useState<Mark>()
  const list = useMarks(state)
  const end = useEndMark()
  const rows = list.data?.pages.flatMap((page) => page.items) ?? []
  const columns: TableColumnsType<Mark> = [
    { title: t('callback.number'), dataIndex: 'number', render: (number: string) => <Ltr>{number}</Ltr> },
    { title: t('mark.kind'), dataIndex: 'kind', render: (kind: Mark['kind'], one) => <Tag color={colours[kind]}>{one.group ? t(`offer.green.${one.group}`) : t(`mark.kinds.${kind}`)}</Tag> },
    { title: t('routing.priority'), dataIndex: 'priority', render: (priority: number) => <Ltr>{priority > 0 ? `+${priority}` : priority}</Ltr> },
    { title: t('mark.note'), dataIndex: 'note', className: 'title', render: (note: string) => <bdi>{note}</bdi> },
    { title: t('marks.by'), dataIndex: 'by', render: (by: string, one) => <><bdi>{by}</bdi> {one.call ? <Link to="/calls/$call" params={{ call: one.call }}><Ltr>{dateTime(one.at)}</Ltr></Link> : <Ltr>{dateTime(one.at)}</Ltr>}</> },
    { title: t('marks.approvedBy'), dataIndex: 'approvedBy', render: (by?: string) => <bdi>{by}</bdi> },
    { title: t('mark.until'), dataIndex: 'until', render: (until: string) => <Ltr>{dateTime(until)}</Ltr> },
    {
      title: t('callback.actions'),
      render: (_, one) => one.state !== 'over' && (
        <Space>
          {one.state === 'pending' && <Button size="small" type="primary" data-testid="mark-approve" onClick={() => setApproved(one)}>{t('marks.approve')}</Button>}
          <Popconfirm title={t(one.state === 'pending' ? 'marks.rejectSure' : 'marks.endSure')} okButtonProps={{ 'data-testid': 'mark-end-yes' }} onConfirm={() => end.mutate(one.id)}>
            <Button size="small" danger data-testid="mark-end">{t(one.state === 'pending' ? 'marks.reject' : 'marks.end')}</Button>
          </Popconfirm>
        </Space>
      ),
    },
  ]
  return (
    <section aria-label={t('menu.marks')}>
      <h1>{t('menu.marks')}</h1>
      <p className="hint">{t('marks.hint')}</p>
      <Space wrap className="filters">
        <Select<MarkState> aria-label={t('list.state')} className="filter-state" value={state} onChange={setState} options={states.map((value) => ({ value, label: t(`marks.state.${value}`) }))} />
        <Button type="primary" data-testid="mark-add" onClick={() => setAdding(true)}>{t('marks.add')}</Button>
      </Space>
      <FaultNote error={list.error ?? end.error} />
      <Table<Mark> rowKey="id" size="small" loading={list.isPending} dataSource={rows} columns={columns} pagination={false} locale={{ emptyText: list.isPending ? ' ' : t('marks.empty') }} scroll={{ x: 'max-content' }} />
      {list.hasNextPage && <Button onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>{t('list.more')}</Button>}
      {adding && <NewMarkForm onDone={() => setAdding(false)} onSaved={() => setState('active')} />}
      {approved && <MarkApproval mark={approved} onDone={() => setApproved(undefined)} />}
    </section>
  )
}
