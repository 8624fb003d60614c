import { Button, Form, Space } from 'antd'
import type { FormProps } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from '@tanstack/react-router'
import { usePop } from '../../api/calls'
import { ApiError } from '../../api/client'
import { useSession } from '../../api/session'
import { useLodge } from '../../api/tickets'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { DeadlinePreview } from './DeadlinePreview'
import { draftPlace, dropDraft, keepDraft, keptDraft } from '../../app/drafts'
import { EndingForm } from './EndingForm'
import { ContentFields, MatterFields, RequesterFields } from './TicketFields'
import { emptyDraft, lodgeBody, newKey, nextDraft, prefill } from './ticketDraft'
import type { Ending, EndingDraft, LodgeDraft, TicketDraft } from './ticketDraft'

/** What a form says that was not filled in well. */
type Wrong = Parameters<NonNullable<FormProps<TicketDraft>['onFinishFailed']>>[0]

/** Lodges a ticket (登记), from a call when there is one: `number` is the caller's, masked. */
export function TicketForm({ call, number, onLodged }: { call?: string; number?: string; onLodged?: () => void }) {
  const { t } = useTranslation()
  const [form] = Form.useForm<TicketDraft>()
  const known = usePop(call).data?.requester
  const lodge = useLodge()
  const place = draftPlace(useSession().data?.account.id ?? '', call ?? 'none')
  const [kept] = useState(() => keptDraft<LodgeDraft>(sessionStorage, place))
  // One key per ticket, not per click: a repeated submission makes no second ticket.
  const key = useRef(kept?.key ?? newKey())
  const ending = useRef(kept?.ending)
  const keep = () => keepDraft(sessionStorage, place, { key: key.current, fields: form.getFieldsValue(true) as TicketDraft, ending: ending.current } satisfies LodgeDraft, Date.now())
  const keepEnding = (draft: EndingDraft | undefined) => {
    ending.current = draft
    keep()
  }
  useEffect(() => {
    if (known) form.setFieldsValue(prefill({ ...emptyDraft, ...form.getFieldsValue(true) }, known))
  }, [known, form])
  const send = async (then: Ending) => {
    const draft = await form.validateFields().then(() => form.getFieldsValue(true) as TicketDraft, (wrong: Wrong) => {
      const first = wrong.errorFields[0]
      if (first) form.scrollToField(first.name, { block: 'center', focus: true })
    })
    if (!draft) return
    const body = lodgeBody({ ...emptyDraft, ...draft }, call, then)
    lodge.mutate({ key: key.current, body }, {
      onSuccess: () => {
        ending.current = undefined
        dropDraft(sessionStorage, place)
        onLodged?.()
      },
      onError: (error) => {
        // The server has another ticket under this key: the person was told, and may lodge this one too.
        if (!(error instanceof ApiError) || error.code !== 'key-reused') return
        key.current = newKey()
        keep()
      },
    })
  }
  const another = () => {
    key.current = newKey()
    lodge.reset()
    form.setFieldsValue(nextDraft({ ...emptyDraft, ...form.getFieldsValue(true) }, call !== undefined))
  }
  if (lodge.data) return <Lodged number={lodge.data.number} onAnother={another} />
  return (
    <Form<TicketDraft>
      form={form}
      layout="vertical"
      initialValues={{ ...emptyDraft, ...kept?.fields }}
      onValuesChange={keep}
      data-testid="ticket-form"
      aria-label={t('form.title')}
    >
      <MatterFields />
      <DeadlinePreview form={form} />
      <ContentFields />
      <RequesterFields inCall={call !== undefined} number={number} />
      <FaultNote error={lodge.error} />
      <Endings kept={kept?.ending} onLine={call !== undefined} busy={lodge.isPending} onSend={(then) => void send(then)} onChange={keepEnding} />
    </Form>
  )
}

interface EndingsProps {
  kept: EndingDraft | undefined
  onLine: boolean
  busy: boolean
  onSend: (ending: Ending) => void
  onChange: (draft: EndingDraft | undefined) => void
}

/** How the intake ends: to dispatch, answered at once, or refused. */
function Endings({ kept, onLine, busy, onSend, onChange }: EndingsProps) {
  const { t } = useTranslation()
  const [begin, setBegin] = useState(kept)
  const choose = (kind: EndingDraft['kind']) => setBegin({ kind, text: '', rightDoor: '', told: onLine })
  const cancel = () => {
    setBegin(undefined)
    onChange(undefined)
  }
  if (begin) return <EndingForm begin={begin} busy={busy} onLine={onLine} onCancel={cancel} onSend={onSend} onChange={onChange} />
  return (
    <Space wrap className="form-actions">
      <Button type="primary" data-testid="ticket-submit" loading={busy} onClick={() => onSend({ type: 'submit' })}>{t('form.submit')}</Button>
      <Button data-testid="ticket-answer" onClick={() => choose('answer')}>{t('form.answer')}</Button>
      <Button data-testid="ticket-refuse" onClick={() => choose('refuse')}>{t('form.refuse')}</Button>
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
