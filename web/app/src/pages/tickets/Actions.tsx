import { message } from 'antd'
import { useTranslation } from 'react-i18next'
import { useCommand } from '../../api/tickets'
import type { CommandCall } from '../../api/tickets'
import { useSession } from '../../api/session'
import type { CommandName, Ticket } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { assignmentIn } from '../../components/TicketBits'
import { EndingForm } from '../desk/EndingForm'
import { CloseForm, SimpleCommand, TellForm } from './CloseForms'
import { DispatchForm } from './DispatchForm'
import { FollowUpForm } from './FollowUpForm'
import { ReplyForm, ReviewReply, SignForm } from './AgencyForms'

/** The forms of the commands that the server says this person may run now. */
export function Actions({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation()
  const [notice, noticePlace] = message.useMessage()
  const command = useCommand(ticket)
  const may = (name: CommandName) => ticket.commands.includes(name)
  const account = useSession().data?.account
  const mine = account?.agency
  const onLine = ticket.state === 'draft' && ticket.call !== undefined && ticket.lodgedBy === account?.id
  const toSign = assignmentIn(ticket, 'toSign', mine)
  const inHandling = assignmentIn(ticket, 'inHandling', mine)
  const inReview = assignmentIn(ticket, 'replyInReview', mine)
  const run = (calls: CommandCall[], done?: () => void) =>
    command.mutate(calls, {
      onSuccess: () => {
        done?.()
        void notice.success(t(`did.${calls.at(-1)!.name}`))
      },
    })
  const busy = command.isPending
  return (
    <div className="actions" key={ticket.number}>
      {noticePlace}
      <FaultNote error={command.error} />
      {may('submit') && <SimpleCommand name="submit" busy={busy} onRun={() => run([{ name: 'submit', body: {} }])} />}
      {may('dispatch') && <DispatchForm ticket={ticket} busy={busy} onRun={(body) => run([{ name: 'dispatch', body }])} />}
      {may('sign') && toSign && <SignForm assignment={toSign} busy={busy} onRun={() => run([{ name: 'sign', body: { assignment: toSign.id } }])} />}
      {may('reply') && inHandling && <ReplyForm key={inHandling.id} assignment={inHandling.id} busy={busy} onRun={(reply, done) => run([{ name: 'reply', body: { assignment: inHandling.id, reply } }], done)} />}
      {may('approve') && inReview && (
        <ReviewReply
          busy={busy}
          onApprove={() => run([{ name: 'approve', body: { assignment: inReview.id } }])}
          onReject={(reason) => run([{ name: 'reject', body: { assignment: inReview.id, reason } }])}
        />
      )}
      {may('told') && <TellForm busy={busy} onRun={(way) => run([{ name: 'told', body: { way } }])} />}
      {ticket.state === 'followUp' && (may('followUp') || may('told')) && (
        <FollowUpForm
          told={may('followUp')}
          busy={busy}
          onRun={(body) => (may('followUp') ? run([{ name: 'followUp', body }]) : run([{ name: 'told', body: { way: 'agent' } }, { name: 'followUp', body }]))}
        />
      )}
      {may('close') && <CloseForm busy={busy} onRun={(reason) => run([{ name: 'close', body: { reason } }])} />}
      {may('answer') && <Ending kind="answer" busy={busy} onLine={onLine} run={run} />}
      {may('refuse') && <Ending kind="refuse" busy={busy} onLine={onLine} run={run} />}
    </div>
  )
}

function Ending({ kind, busy, onLine, run }: { kind: 'answer' | 'refuse'; busy: boolean; onLine: boolean; run: (calls: CommandCall[]) => void }) {
  const { t } = useTranslation()
  return (
    <details>
      <summary>{t(kind === 'answer' ? 'form.answer' : 'form.refuse')}</summary>
      <EndingForm
        begin={{ kind, text: '', rightDoor: '', told: onLine }}
        busy={busy}
        onLine={onLine}
        onSend={(ending) => {
          if (ending.type === 'answer') run([{ name: 'answer', body: { text: ending.text, told: ending.told } }])
          if (ending.type === 'refuse') run([{ name: 'refuse', body: { reason: ending.reason, rightDoor: ending.rightDoor, told: ending.told } }])
        }}
      />
    </details>
  )
}
