import { Button, Form, Space } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from '@tanstack/react-router'
import { usePop } from '../../api/calls'
import { useLodge } from '../../api/tickets'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { DeadlinePreview } from './DeadlinePreview'
import { dropDraft, keepDraft, keptDraft } from './drafts'
import { EndingForm } from './EndingForm'
import { ContentFields, MatterFields, RequesterFields } from './TicketFields'
import { emptyDraft, lodgeBody, prefill } from './ticketDraft'
import type { Ending, TicketDraft } from './ticketDraft'

/** Lodges a ticket (登记), from a call when there is one: `number` is the caller's, masked. */
export function TicketForm({ call, number }: { call?: string; number?: string }) {
  const { t } = useTranslation()
  const [form] = Form.useForm<TicketDraft>()
  const known = usePop(call).data?.requester
  const lodge = useLodge()
  const place = call ?? 'none'
  const [initial] = useState(() => ({ ...emptyDraft, ...keptDraft(sessionStorage, place) }))
  // One key per ticket, not per click: a repeated submission makes no second ticket.
  const key = useRef(crypto.randomUUID())
  useEffect(() => {
    if (known) form.setFieldsValue(prefill({ ...emptyDraft, ...form.getFieldsValue(true) }, known))
  }, [known, form])
  const send = async (then: Ending) => {
    const draft = await form.validateFields().then(() => form.getFieldsValue(true) as TicketDraft, () => undefined)
    if (!draft) return
    const body = lodgeBody({ ...emptyDraft, ...draft }, call, then)
    lodge.mutate({ key: key.current, body }, { onSuccess: () => dropDraft(sessionStorage, place) })
  }
  const another = () => {
    key.current = crypto.randomUUID()
    lodge.reset()
    form.setFieldsValue({ ...emptyDraft, category: undefined, region: undefined })
  }
  if (lodge.data) return <Lodged number={lodge.data.number} onAnother={another} />
  return (
    <Form<TicketDraft>
      form={form}
      layout="vertical"
      initialValues={initial}
      onValuesChange={(_, draft: TicketDraft) => keepDraft(sessionStorage, place, draft, Date.now())}
      data-testid="ticket-form"
      aria-label={t('form.title')}
      scrollToFirstError
    >
      <MatterFields />
      <DeadlinePreview form={form} />
      <ContentFields />
      <RequesterFields inCall={call !== undefined} number={number} />
      <FaultNote error={lodge.error} />
      <Endings busy={lodge.isPending} onLine={call !== undefined} onSend={(then) => void send(then)} />
    </Form>
  )
}

/** How the intake ends: to dispatch, answered at once, or refused. */
function Endings({ busy, onLine, onSend }: { busy: boolean; onLine: boolean; onSend: (ending: Ending) => void }) {
  const { t } = useTranslation()
  const [ending, setEnding] = useState<'answer' | 'refuse'>()
  if (ending) return <EndingForm kind={ending} busy={busy} onLine={onLine} onCancel={() => setEnding(undefined)} onSend={onSend} />
  return (
    <Space wrap className="form-actions">
      <Button type="primary" data-testid="ticket-submit" loading={busy} onClick={() => onSend({ type: 'submit' })}>{t('form.submit')}</Button>
      <Button data-testid="ticket-answer" onClick={() => setEnding('answer')}>{t('form.answer')}</Button>
      <Button data-testid="ticket-refuse" onClick={() => setEnding('refuse')}>{t('form.refuse')}</Button>
    </Space>
  )
}

function Lodged({ number, onAnother }: { number: string; onAnother: () => void }) {
  const { t } = useTranslation()
  return (
    <div className="lodged" role="status">
      <p>{t('form.lodged')}</p>
      <p className="lodged-number">
        <Link to="/tickets/$number" params={{ number }}><Ltr data-testid="ticket-number">{number}</Ltr></Link>
      </p>
      <Button onClick={onAnother}>{t('form.another')}</Button>
    </div>
  )
}
