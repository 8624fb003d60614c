import { Descriptions } from 'antd'
import { useTranslation } from 'react-i18next'
import { Panel } from '../../components/Panel'
import type { Assignment, Ticket } from '../../api/types'
import { Ltr } from '../../components/Ltr'
import { AssignmentState, Clock } from '../../components/TicketBits'
import { dateTime } from '../../components/time'

/** Each agency on the ticket with its own state, clock and reply (承办子单). */
export function Assignments({ ticket }: { ticket: Ticket }) {
  return <>{ticket.assignments.map((one) => <One key={one.id} one={one} />)}</>
}

function One({ one }: { one: Assignment }) {
  const { t } = useTranslation()
  const items = [
    { key: 'dispatched', label: t('assignment.dispatchedAt'), children: <Ltr>{dateTime(one.dispatchedAt)}</Ltr> },
    one.signedAt
      ? { key: 'signed', label: t('assignment.signedAt'), children: <Ltr>{dateTime(one.signedAt)}</Ltr> }
      : { key: 'signBy', label: t('list.signBy'), children: <Clock due={one.signBy} /> },
    { key: 'due', label: t('list.due'), children: <Clock due={one.due} why={one.why} stopped={!!one.repliedAt} /> },
    ...(one.opinion ? [{ key: 'opinion', label: t('dispatch.opinion'), children: <bdi>{one.opinion}</bdi> }] : []),
    ...(one.reply
      ? [
          { key: 'replied', label: t('assignment.repliedAt'), children: <Ltr>{dateTime(one.repliedAt)}</Ltr> },
          { key: 'true', label: t('reply.true'), children: t(one.reply.true ? 'yes' : 'no') },
          { key: 'solved', label: t('reply.solved'), children: <>{t(one.reply.solved ? 'yes' : 'no')} <bdi>{one.reply.whyNot}</bdi></> },
          { key: 'done', label: t('reply.done'), span: 'filled' as const, children: <p className="free" dir="auto">{one.reply.done}</p> },
          { key: 'public', label: t('reply.publicText'), span: 'filled' as const, children: <p className="free" dir="auto">{one.reply.publicText}</p> },
        ]
      : []),
  ]
  return (
    <Panel title={<><bdi>{one.agencyName}</bdi> {one.lead && t('assignment.lead')} <AssignmentState state={one.state} /></>}>
      <Descriptions column={{ xs: 1, md: 2 }} size="small" items={items} />
    </Panel>
  )
}
