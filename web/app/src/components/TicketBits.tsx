/** Small parts that show a fact of a ticket the same way everywhere. */
import { Popover, Tag } from 'antd'
import { useTranslation } from 'react-i18next'
import type { Assignment, Explanation, Ticket, TicketState as State } from '../api/types'
import { Ltr } from './Ltr'
import { dateTime, remaining } from './time'
import { useNow } from './useNow'

/** In the order in which a ticket passes through them. */
export const ticketStates: State[] = ['draft', 'toDispatch', 'assigned', 'followUp', 'closed', 'refused']

const stateColours: Record<string, string> = {
  draft: 'default', toDispatch: 'gold', assigned: 'blue', followUp: 'purple', closed: 'green', refused: 'default',
  toSign: 'gold', inHandling: 'blue', replyInReview: 'cyan', replied: 'green', superseded: 'default',
}

export function TicketState({ state }: { state: string }) {
  const { t } = useTranslation()
  return <Tag color={stateColours[state]} data-testid="ticket-state" data-state={state}>{t(`ticketState.${state}`)}</Tag>
}

export function AssignmentState({ state }: { state: string }) {
  const { t } = useTranslation()
  return <Tag color={stateColours[state]} data-testid="assignment-state" data-state={state}>{t(`assignmentState.${state}`)}</Tag>
}

export function Flags({ flags }: { flags: Ticket['flags'] }) {
  const { t } = useTranslation()
  const shown = Object.entries(flags ?? {}).filter(([, set]) => set)
  return <>{shown.map(([name]) => <Tag key={name} color="red">{t(`flag.${name}`)}</Tag>)}</>
}

/** A clock towards a deadline; red when over, and its explanation when one is given. */
export function Clock({ due, why, stopped }: { due: string | undefined; why?: Explanation; stopped?: boolean }) {
  const { t } = useTranslation()
  const now = useNow(30_000)
  if (!due) return null
  const left = remaining(due, now)
  const text = t(left.overdue ? 'clock.over' : left.days > 0 ? 'clock.leftDays' : 'clock.left', left)
  const tag = (
    <span className="clock">
      <Ltr>{dateTime(due)}</Ltr>
      {!stopped && <Tag color={left.overdue ? 'red' : left.days === 0 ? 'orange' : 'blue'}>{text}</Tag>}
    </span>
  )
  if (!why) return tag
  return (
    <Popover content={<Why why={why} />} trigger={['hover', 'focus']} title={t('clock.why')}>
      <span tabIndex={0} role="button" aria-description={t('clock.why')} className="clock-why">{tag}</span>
    </Popover>
  )
}

/** The steps by which a deadline was computed, each with its date and source. */
export function Why({ why }: { why: Explanation }) {
  const { t } = useTranslation()
  const limit = t(`limit.${why.limit.unit}`, { count: why.limit.value })
  return (
    <ol className="why" data-testid="deadline-why">
      <li>{t('clock.from')} <Ltr>{dateTime(why.from)}</Ltr> · {limit}</li>
      {why.steps.map((step, i) => (
        <li key={i}>
          <Ltr>{step.date}</Ltr> {t(`step.${step.code}`, { n: step.n ?? 0 })} {step.note && <bdi>{step.note}</bdi>}
        </li>
      ))}
      <li>{t('clock.due')} <Ltr>{dateTime(why.due)}</Ltr></li>
    </ol>
  )
}

/** The assignment in a state; of one's own agency, for those who have one. */
export function assignmentIn(ticket: Pick<Ticket, 'assignments'>, state: Assignment['state'], agency: string | undefined): Assignment | undefined {
  return ticket.assignments.find((one) => one.state === state && (!agency || one.agency === agency))
}

/** The assignment whose clock counts now: the lead one that still runs. */
export function leading(ticket: Pick<Ticket, 'assignments'>): Assignment | undefined {
  const running = ticket.assignments.filter((one) => one.state !== 'superseded')
  return running.find((one) => one.lead) ?? running[0]
}
