import { Button, Checkbox, Form, Input, Radio, Space } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Panel } from '../../components/Panel'
import type { Assignment, ReplyBody } from '../../api/types'
import { useSession } from '../../api/session'
import { Clock } from '../../components/TicketBits'
import { draftPlace, dropDraft, keepDraft, keptDraft } from '../../app/drafts'

/** The agency takes the ticket (签收). */
export function SignForm({ assignment, busy, onRun }: { assignment: Assignment; busy: boolean; onRun: () => void }) {
  const { t } = useTranslation()
  return (
    <Panel title={t('command.sign')}>
      <Space wrap>
        {t('list.signBy')} <Clock due={assignment.signBy} />
        <Button type="primary" data-testid="sign" loading={busy} onClick={onRun}>{t('command.sign')}</Button>
      </Space>
    </Panel>
  )
}

interface ReplyFields {
  true: boolean
  solved: boolean
  contacted: boolean
  whyNot?: string
  done: string
  publicText: string
}

interface ReplyProps {
  /** Id of the assignment that is replied to. */
  assignment: string
  busy: boolean
  /** `done` is to be called once the reply has arrived. */
  onRun: (reply: ReplyBody, done: () => void) => void
}

/** The agency's reply (反馈): what was done, and apart from it what the caller will hear. A half-written one survives a reload. */
export function ReplyForm({ assignment, busy, onRun }: ReplyProps) {
  const { t } = useTranslation()
  const [form] = Form.useForm<ReplyFields>()
  const solved = Form.useWatch('solved', form)
  const yesNo = [{ value: true, label: t('yes') }, { value: false, label: t('no') }]
  const place = draftPlace(useSession().data?.account.id ?? '', `reply.${assignment}`)
  const [kept] = useState(() => keptDraft<Partial<ReplyFields>>(sessionStorage, place))
  const send = (fields: ReplyFields) => {
    const reply = { ...fields, whyNot: fields.solved ? undefined : fields.whyNot?.trim(), done: fields.done.trim(), publicText: fields.publicText.trim() }
    onRun(reply, () => dropDraft(sessionStorage, place))
  }
  return (
    <Panel title={t('command.reply')}>
      <Form<ReplyFields> form={form} layout="vertical" initialValues={{ true: true, solved: true, contacted: false, ...kept }} onValuesChange={(_, fields: ReplyFields) => keepDraft(sessionStorage, place, fields, Date.now())} onFinish={send} scrollToFirstError={{ block: 'center', focus: true }}>
        <div className="columns">
          <Form.Item name="true" label={t('reply.true')}><Radio.Group options={yesNo} /></Form.Item>
          <Form.Item name="solved" label={t('reply.solved')}><Radio.Group options={yesNo} /></Form.Item>
          <Form.Item name="contacted" valuePropName="checked"><Checkbox>{t('reply.contacted')}</Checkbox></Form.Item>
        </div>
        {solved === false && (
          <Form.Item name="whyNot" label={t('reply.whyNot')} rules={[{ required: true, whitespace: true }]}><Input maxLength={500} dir="auto" /></Form.Item>
        )}
        <Form.Item name="done" label={t('reply.done')} rules={[{ required: true, whitespace: true }]}>
          <Input.TextArea data-testid="reply-done" rows={3} maxLength={5000} dir="auto" />
        </Form.Item>
        <Form.Item name="publicText" label={t('reply.publicText')} extra={t('reply.publicHint')} rules={[{ required: true, whitespace: true }]}>
          <Input.TextArea data-testid="reply-public" rows={3} maxLength={2000} dir="auto" />
        </Form.Item>
        <Button type="primary" htmlType="submit" data-testid="reply" loading={busy}>{t('command.reply')}</Button>
      </Form>
    </Panel>
  )
}

/** The head of the agency approves a reply or sends it back (反馈待审). */
export function ReviewReply({ busy, onApprove, onReject }: { busy: boolean; onApprove: () => void; onReject: (reason: string) => void }) {
  const { t } = useTranslation()
  const [reason, setReason] = useState('')
  return (
    <Panel title={t('reply.review')}>
      <Space wrap>
        <Button type="primary" data-testid="approve" loading={busy} onClick={onApprove}>{t('command.approve')}</Button>
        <Input aria-label={t('reply.rejectReason')} placeholder={t('reply.rejectReason')} maxLength={500} dir="auto" value={reason} onChange={(event) => setReason(event.target.value)} />
        <Button data-testid="reject" disabled={!reason.trim()} loading={busy} onClick={() => onReject(reason.trim())}>{t('command.reject')}</Button>
      </Space>
    </Panel>
  )
}
