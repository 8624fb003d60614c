import { Skeleton, Statistic, Table, Tag } from 'antd'
import { useTranslation } from 'react-i18next'
import { Panel } from '../../components/Panel'
import { useLive } from '../../api/live'
import type { LiveView } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { ticketStates } from '../../components/TicketBits'
import { duration, timeOfDay } from '../../components/time'
import { useNow } from '../../components/useNow'
import { Trunks } from '../routing/Trunks'
import { Agents } from './Agents'
import { serviceLevelLimits } from './serviceLevel'
import { Talking } from './Talking'

/** The wallboard (班长): who waits, who talks, what every agent does, and how the day goes; from here she listens and steps in. */
export default function LivePage() {
  const { t } = useTranslation()
  const { view, skew, connected, freshUntil, error } = useLive()
  const here = useNow(1000)
  const now = here + skew
  const live = connected && here < freshUntil
  if (error && !view) return <FaultNote error={error} />
  if (!view) return <Skeleton active />
  const since = (at: string) => <Ltr>{duration(now - Date.parse(at))}</Ltr>
  return (
    <section className="live" aria-label={t('menu.live')}>
      <h1>
        {t('menu.live')} <Tag color={live ? 'green' : 'red'} role="status">{t(live ? 'live.connected' : 'live.reconnecting')}</Tag>{' '}
        <Ltr className="at">{timeOfDay(view.at)}</Ltr>
      </h1>
      <Numbers view={view} />
      <div className="live-columns">
        <Talking view={view} since={since} />
        <div className="stacked">
          <Panel title={t('live.waiting', { count: view.waiting.length })} data-testid="live-waiting">
            <Table
              size="small" rowKey="call" pagination={false} dataSource={view.waiting} locale={{ emptyText: t('live.noneWaiting') }}
              columns={[
                { title: t('callback.number'), dataIndex: 'number', render: (number: string) => <Ltr>{number || t('phone.withheld')}</Ltr> },
                { title: t('live.state'), dataIndex: 'state', render: (state: string) => t(`callState.${state}`) },
                { title: t('live.for'), dataIndex: 'since', render: since },
              ]}
            />
          </Panel>
          <Tickets view={view} />
        </div>
        <Agents view={view} since={since} />
        <Trunks />
      </div>
    </section>
  )
}

function Numbers({ view }: { view: LiveView }) {
  const { t } = useTranslation()
  const { today } = view
  const level = today.serviceLevel
  const formula = serviceLevelLimits(level.formula)
  return (
    <div className="numbers">
      <Panel><Statistic title={t('live.offered')} value={today.offered} /></Panel>
      <Panel><Statistic title={t('live.answered')} value={today.answered} /></Panel>
      <Panel><Statistic title={t('live.abandoned')} value={today.abandoned} /></Panel>
      <Panel><Statistic title={t('live.shortAbandoned')} value={today.shortAbandoned} /></Panel>
      <Panel>
        <Statistic title={t('live.serviceLevel')} value={level.value} formatter={() => <Ltr>{today.offered > 0 ? `${(100 * level.value).toFixed(1)}%` : '–'}</Ltr>} />
        <small data-testid="formula"><bdi>{formula ? t('live.formula', formula) : level.formula}</bdi></small>
      </Panel>
      {today.unrecorded > 0 && (
        <Panel data-testid="unrecorded"><Statistic title={t('live.unrecorded')} value={today.unrecorded} styles={{ content: { color: '#cf1322' } }} /></Panel>
      )}
      <Panel><Statistic title={t('live.asa')} value={today.answered > 0 ? duration(today.asaMs) : '–'} /></Panel>
    </div>
  )
}

function Tickets({ view }: { view: LiveView }) {
  const { t } = useTranslation()
  const { tickets } = view
  const states = ticketStates.filter((state) => tickets.byState[state] !== undefined)
  return (
    <Panel title={t('live.tickets')} data-testid="live-tickets">
      <ul className="counts">
        {states.map((state) => <li key={state}><span>{t(`ticketState.${state}`)}</span> <strong>{tickets.byState[state]}</strong></li>)}
        <li className={tickets.overdue > 0 ? 'bad' : ''}><span>{t('flag.overdue')}</span> <strong>{tickets.overdue}</strong></li>
        <li><span>{t('live.toTell')}</span> <strong>{tickets.toTell}</strong></li>
      </ul>
    </Panel>
  )
}
