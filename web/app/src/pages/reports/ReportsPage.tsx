import { Button, DatePicker, Select, Space, Statistic, Table } from 'antd'
import type { TableColumnsType } from 'antd'
import dayjs from 'dayjs'
import type { Dayjs } from 'dayjs'
import 'dayjs/locale/kk'
import 'dayjs/locale/ug-cn'
import 'dayjs/locale/zh-cn'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { tableOf, useIntervals, useQueueNames } from '../../api/reports'
import type { ReportRow, ReportStep } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { Panel } from '../../components/Panel'
import { beijingDate, beijingDay, dateTime, duration } from '../../components/time'
import { AgentDays } from './AgentDays'
import { IntervalChart } from './IntervalChart'
import { percent } from './percent'

const steps: ReportStep[] = ['15m', '1h', '1d']

/** What was: calls by intervals, and what each agent did (报表). */
export default function ReportsPage() {
  const { t } = useTranslation()
  const [range, setRange] = useState<[Dayjs, Dayjs]>(() => {
    const today = dayjs(beijingDate(Date.now()))
    return [today, today]
  })
  const [step, setStep] = useState<ReportStep>('15m')
  const [queue, setQueue] = useState<string>()
  const days = range.map((day) => day.format('YYYY-MM-DD')) as [string, string]
  const filter = { from: beijingDay(days[0])!.from, to: new Date(Date.parse(beijingDay(days[1])!.to) + 1).toISOString(), step, queue }
  const query = useIntervals(filter)
  const queues = useQueueNames()
  const data = query.data
  const level = (row: ReportRow, index: number) => percent(row.serviceLevels[index]?.value)
  const columns: TableColumnsType<ReportRow> = [
    { title: t('report.from'), dataIndex: 'from', render: (at: string) => <Ltr>{dateTime(at)}</Ltr> },
    { title: t('report.offered'), dataIndex: 'offered' },
    { title: t('live.answered'), dataIndex: 'answered' },
    { title: t('live.abandoned'), dataIndex: 'abandoned' },
    { title: t('live.shortAbandoned'), dataIndex: 'shortAbandoned' },
    { title: t('report.overflowed'), dataIndex: 'overflowed' },
    { title: t('live.serviceLevel'), render: (_: unknown, row) => <Ltr>{level(row, 2)}</Ltr> },
    { title: t('live.asa'), dataIndex: 'asaMs', render: (ms: number, row) => <Ltr>{row.answered > 0 ? duration(ms) : '–'}</Ltr> },
    { title: t('report.aht'), dataIndex: 'ahtMs', render: (ms: number, row) => <Ltr>{row.handled > 0 ? duration(ms) : '–'}</Ltr> },
    { title: t('report.occupancy'), dataIndex: 'occupancy', render: (value?: number) => <Ltr>{percent(value)}</Ltr> },
    { title: t('report.transfers'), dataIndex: 'transfers' },
    { title: t('report.callbacks'), dataIndex: 'callbacks' },
    { title: t('report.rated'), dataIndex: 'rated' },
    { title: t('report.badlyRated'), dataIndex: 'badlyRated' },
  ]
  return (
    <section aria-label={t('menu.reports')}>
      <h1>{t('menu.reports')}</h1>
      <Space wrap className="filters">
        <DatePicker.RangePicker
          aria-label={t('call.range')} allowClear={false} value={range}
          onChange={(chosen) => chosen?.[0] && chosen[1] && setRange([chosen[0], chosen[1]])}
        />
        <Select<ReportStep> aria-label={t('report.step')} value={step} onChange={setStep} options={steps.map((value) => ({ value, label: t(`reportStep.${value}`) }))} />
        <Select
          aria-label={t('report.queue')} allowClear placeholder={t('report.allQueues')} value={queue} onChange={setQueue} style={{ minWidth: 160 }}
          options={queues.data?.map((one) => ({ value: one.id, label: one.name }))}
        />
        <Button href={tableOf(filter)} download="intervals.csv">{t('report.download')}</Button>
      </Space>
      <FaultNote error={query.error} />
      {data && (
        <>
          <div className="numbers">
            <Panel><Statistic title={t('report.offered')} value={data.total.offered} /></Panel>
            <Panel><Statistic title={t('live.answered')} value={data.total.answered} /></Panel>
            <Panel><Statistic title={t('live.abandoned')} value={data.total.abandoned} /></Panel>
            {data.total.serviceLevels.map((one) => (
              <Panel key={one.formula}>
                <Statistic title={t('live.serviceLevel')} value={one.value ?? 0} formatter={() => <Ltr>{percent(one.value)}</Ltr>} />
                <small><bdi>{t(`formula.${one.formula}`, { within: data.withinSeconds, short: data.shortSeconds })}</bdi></small>
              </Panel>
            ))}
          </div>
          <Panel title={t('report.course')}><IntervalChart rows={data.items} /></Panel>
          <Table<ReportRow>
            data-testid="intervals" className="figures" rowKey="from" size="small" columns={columns} dataSource={data.items.filter((row) => row.offered + row.handled + row.callbacks + row.early > 0)}
            pagination={{ pageSize: 96, hideOnSinglePage: true }} locale={{ emptyText: t('report.empty') }} scroll={{ x: 'max-content' }}
          />
        </>
      )}
      <AgentDays day={days[0]} />
    </section>
  )
}
