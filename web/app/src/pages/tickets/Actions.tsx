import { message } from 'antd'
import { useTranslation } from 'react-i18next'
import { useCommand } from '../../api/tickets'
import type { CommandCall } from '../../api/tickets'
import type { Ticket } from '../../api/types'
import { FaultNote } from '../../components/Fault'
import { leading } from '../../components/TicketBits'
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
  const may = (name: string) => ticket.commands?.includes(name) ?? false
  const assignment = leading(ticket)
  const run = (call: CommandCall) => command.mutate(call, { onSuccess: () => void notice.success(t(`did.${call.name}`)) })
  const busy = command.isPending
  return (
    <div className="actions" key={ticket.version}>
      {noticePlace}
      <FaultNote error={command.error} />
      {may('submit') && <SimpleCommand name="submit" busy={busy} onRun={() => run({ name: 'submit', body: {} })} />}
      {may('dispatch') && <DispatchForm ticket={ticket} busy={busy} onRun={(body) => run({ name: 'dispatch', body })} />}
      {may('sign') && assignment && <SignForm assignment={assignment} busy={busy} onRun={() => run({ name: 'sign', body: { assignment: assignment.id } })} />}
      {may('reply') && assignment && <ReplyForm busy={busy} onRun={(reply) => run({ name: 'reply', body: { assignment: assignment.id, reply } })} />}
      {may('approve') && assignment && (
        <ReviewReply
          busy={busy}
          onApprove={() => run({ name: 'approve', body: { assignment: assignment.id } })}
          onReject={(reason) => run({ name: 'reject', body: { assignment: assignment.id, reason } })}
        />
      )}
      {may('told') && <TellForm busy={busy} onRun={(way) => run({ name: 'told', body: { way } })} />}
      {may('followUp') && <FollowUpForm busy={busy} onRun={(body) => run({ name: 'followUp', body })} />}
      {may('close') && <CloseForm busy={busy} onRun={(reason) => run({ name: 'close', body: { reason } })} />}
      {may('answer') && <Ending kind="answer" busy={busy} run={run} />}
      {may('refuse') && <Ending kind="refuse" busy={busy} run={run} />}
    </div>
  )
}

function Ending({ kind, busy, run }: { kind: 'answer' | 'refuse'; busy: boolean; run: (call: CommandCall) => void }) {
  const { t } = useTranslation()
  return (
    <details>
      <summary>{t(kind === 'answer' ? 'form.answer' : 'form.refuse')}</summary>
      <EndingForm
        kind={kind}
        busy={busy}
        onSend={(ending) => {
          if (ending.type === 'answer') run({ name: 'answer', body: { text: ending.text, told: ending.told } })
          if (ending.type === 'refuse') run({ name: 'refuse', body: { reason: ending.reason, rightDoor: ending.rightDoor, told: ending.told } })
        }}
      />
    </details>
  )
}
