import { Skeleton } from 'antd'
import { useTranslation } from 'react-i18next'
import { useParams } from '@tanstack/react-router'
import { Panel } from '../../components/Panel'
import { useSession } from '../../api/session'
import { useTicket } from '../../api/tickets'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { Flags, TicketState } from '../../components/TicketBits'
import { hasPhone } from '../../app/roles'
import { Actions } from './Actions'
import { Assignments } from './Assignments'
import { CallRequester } from './CallRequester'
import { Facts } from './Facts'
import { History } from './History'

/** One ticket: its facts, clocks and history, and what this person may do with it now. */
export default function TicketPage() {
  const { t } = useTranslation()
  const { number } = useParams({ from: '/staff/tickets/$number' })
  const query = useTicket(number)
  const role = useSession().data?.account.role
  if (query.error) return <FaultNote error={query.error} />
  const ticket = query.data
  if (!ticket) return <Skeleton active />
  return (
    <article className="ticket" aria-label={ticket.number}>
      <header>
        <h1><bdi>{ticket.title}</bdi></h1>
        <p><Ltr>{ticket.number}</Ltr> <TicketState state={ticket.state} /> <Flags flags={ticket.flags} /></p>
      </header>
      {role && hasPhone(role) && <CallRequester ticket={ticket.number} />}
      <Actions ticket={ticket} />
      <Assignments ticket={ticket} />
      <Panel title={t('ticket.facts')}><Facts ticket={ticket} /></Panel>
      <Panel title={t('ticket.history')}><History number={ticket.number} version={ticket.version} /></Panel>
    </article>
  )
}
