import { Skeleton, Table } from 'antd'
import type { TableColumnsType } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from '@tanstack/react-router'
import { useAgentDays, useTimeline } from '../../api/reports'
import type { AgentDay, AgentStretch, TimeState } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { Panel } from '../../components/Panel'
import { duration, timeOfDay } from '../../components/time'
import { percent } from './percent'

const states: TimeState[] = ['ready', 'offered', 'talking', 'held', 'wrapUp', 'break', 'notReady', 'monitoring']

/** How long each agent was in which state on a day; opened, his timeline. */
export function AgentDays({ day }: { day: string }) {
  const { t } = useTranslation()
  const query = useAgentDays(day)
  const columns: TableColumnsType<AgentDay> = [
    { title: t('live.agent'), dataIndex: 'name', render: (name: string) => <bdi>{name}</bdi> },
    { title: t('report.seen'), render: (_: unknown, row) => <Ltr>{timeOfDay(row.from)} – {timeOfDay(row.to)}</Ltr> },
    { title: t('report.calls'), dataIndex: 'calls' },
    ...states.map((state) => ({ title: t(`timeState.${state}`), key: state, render: (_: unknown, row: AgentDay) => <Ltr>{duration(row.ms[state] ?? 0)}</Ltr> })),
    { title: t('report.occupancy'), dataIndex: 'occupancy', render: (value?: number) => <Ltr>{percent(value)}</Ltr> },
  ]
  return (
    <Panel title={<>{t('report.agents')} <Ltr>{day}</Ltr></>} data-testid="agent-days">
      <FaultNote error={query.error} />
      <Table<AgentDay>
        rowKey="agent" size="small" loading={query.isPending} columns={columns} dataSource={query.data} pagination={{ pageSize: 50, hideOnSinglePage: true }}
        locale={{ emptyText: query.isPending ? ' ' : t('report.noAgents') }} scroll={{ x: 'max-content' }}
        expandable={{ expandedRowRender: (row) => <Timeline agent={row.agent} day={day} /> }}
      />
    </Panel>
  )
}

function Timeline({ agent, day }: { agent: string; day: string }) {
  const { t } = useTranslation()
  const query = useTimeline(agent, day)
  if (query.error) return <FaultNote error={query.error} />
  if (!query.data) return <Skeleton active />
  const reason = (one: AgentStretch) => (one.reason ? t(`breakReason.${one.reason}`, { defaultValue: one.reason }) : '')
  return (
    <Table<AgentStretch>
      rowKey="from" size="small" dataSource={query.data} pagination={{ pageSize: 50, hideOnSinglePage: true }}
      columns={[
        { title: t('chain.from'), render: (_: unknown, one) => <Ltr>{timeOfDay(one.from)} – {one.to ? timeOfDay(one.to) : '…'}</Ltr> },
        { title: t('live.for'), render: (_: unknown, one) => <Ltr>{one.to ? duration(Date.parse(one.to) - Date.parse(one.from)) : '–'}</Ltr> },
        { title: t('live.state'), render: (_: unknown, one) => t(`timeState.${one.state}`) },
        { title: t('callback.reason'), render: (_: unknown, one) => reason(one) },
        { title: t('report.call'), render: (_: unknown, one) => one.call && one.to && <Link to="/calls/$call" params={{ call: one.call }}>{t('ticket.toCall')}</Link> },
      ]}
    />
  )
}
