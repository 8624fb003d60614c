import { Button, Checkbox, Form, Input, Radio, Select, Space } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from '@tanstack/react-router'
import { usePop } from '../../api/calls'
import { useRegions } from '../../api/reference'
import { useLodge } from '../../api/tickets'
import { FaultNote } from '../../components/Fault'
import { Ltr } from '../../components/Ltr'
import { CategorySelect } from './CategorySelect'
import { DeadlinePreview } from './DeadlinePreview'
import { dropDraft, keepDraft, keptDraft } from './drafts'
import { EndingForm } from './EndingForm'
import { emptyDraft, lodgeBody, prefill } from './ticketDraft'
import type { Ending, TicketDraft } from './ticketDraft'

const kinds = ['inquiry', 'help', 'suggestion', 'complaint', 'tipOff', 'praise'] as const
const urgencies = ['ordinary', 'urgent', 'critical'] as const
const genders = ['', 'male', 'female'] as const
const spoken = ['zh', 'ug', 'kk'] as const

/** Lodges a ticket (登记), from a call when there is one: `number` is the caller's, masked. */
export function TicketForm({ call, number }: { call?: string; number?: string }) {
  const { t } = useTranslation()
  const [form] = Form.useForm<TicketDraft>()
  const pop = usePop(call)
  const regions = useRegions()
  const lodge = useLodge()
  const [ending, setEnding] = useState<'answer' | 'refuse'>()
  const known = pop.data?.requester
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
    setEnding(undefined)
    form.setFieldsValue({ ...emptyDraft, category: undefined, region: undefined })
  }
  if (lodge.data) {
    return (
      <div className="lodged" role="status">
        <p>{t('form.lodged')}</p>
        <p className="lodged-number">
          <Link to="/tickets/$number" params={{ number: lodge.data.number }}><Ltr data-testid="ticket-number">{lodge.data.number}</Ltr></Link>
        </p>
        <Button onClick={another}>{t('form.another')}</Button>
      </div>
    )
  }
  const options = (group: string, keys: readonly string[]) => keys.map((value) => ({ value, label: t(`${group}.${value || 'none'}`) }))
  return (
    <Form<TicketDraft> form={form} layout="vertical" initialValues={initial} onValuesChange={(_, draft: TicketDraft) => keepDraft(sessionStorage, place, draft, Date.now())} data-testid="ticket-form" aria-label={t('form.title')} scrollToFirstError>
      <div className="columns">
        <Form.Item name="kind" label={t('form.kind')}>
          <Radio.Group optionType="button" options={options('kind', kinds)} />
        </Form.Item>
        <Form.Item name="urgency" label={t('form.urgency')}>
          <Radio.Group optionType="button" options={options('urgency', urgencies)} />
        </Form.Item>
      </div>
      <div className="columns" data-testid="ticket-category">
        <Form.Item name="category" label={t('form.category')} rules={[{ required: true }]}>
          <CategorySelect />
        </Form.Item>
      </div>
      <DeadlinePreview form={form} />
      <div className="columns">
        <Form.Item name="region" label={t('form.region')}>
          <Select allowClear showSearch={{ optionFilterProp: 'label' }} options={(regions.data ?? []).map((one) => ({ value: one.code, label: one.name }))} />
        </Form.Item>
        <Form.Item name="address" label={t('form.address')}>
          <Input data-testid="ticket-address" maxLength={200} dir="auto" />
        </Form.Item>
      </div>
      <Form.Item name="title" label={t('form.subject')} rules={[{ required: true, whitespace: true }]}>
        <Input data-testid="ticket-title" maxLength={100} dir="auto" />
      </Form.Item>
      <Form.Item name="content" label={t('form.content')} rules={[{ required: true, whitespace: true }]}>
        <Input.TextArea data-testid="ticket-content" rows={5} maxLength={5000} dir="auto" />
      </Form.Item>
      <div className="columns">
        <Form.Item name="name" label={t('form.name')}>
          <Input maxLength={50} dir="auto" autoComplete="off" />
        </Form.Item>
        <Form.Item name="gender" label={t('form.gender')}>
          <Radio.Group optionType="button" options={options('gender', genders)} />
        </Form.Item>
        <Form.Item name="language" label={t('form.language')}>
          <Select options={options('spoken', spoken)} />
        </Form.Item>
        <Form.Item name="phone" label={t('form.phone')} rules={[{ required: !call }, { pattern: /^\+?[\d\s-]{3,20}$/, message: t('form.phoneWrong') }]}>
          <Input dir="ltr" inputMode="tel" maxLength={20} autoComplete="off" placeholder={number} data-testid="ticket-phone" />
        </Form.Item>
        <Form.Item name="contact" label={t('form.contact')}>
          <Input maxLength={100} dir="auto" autoComplete="off" />
        </Form.Item>
      </div>
      <Space wrap>
        <Form.Item name="confidential" valuePropName="checked" noStyle><Checkbox>{t('form.confidential')}</Checkbox></Form.Item>
        <Form.Item name="followUpWanted" valuePropName="checked" noStyle><Checkbox>{t('form.followUpWanted')}</Checkbox></Form.Item>
      </Space>
      <FaultNote error={lodge.error} />
      {ending ? (
        <EndingForm kind={ending} busy={lodge.isPending} onCancel={() => setEnding(undefined)} onSend={(then) => void send(then)} />
      ) : (
        <Space wrap className="form-actions">
          <Button type="primary" data-testid="ticket-submit" loading={lodge.isPending} onClick={() => void send({ type: 'submit' })}>{t('form.submit')}</Button>
          <Button data-testid="ticket-answer" onClick={() => setEnding('answer')}>{t('form.answer')}</Button>
          <Button data-testid="ticket-refuse" onClick={() => setEnding('refuse')}>{t('form.refuse')}</Button>
        </Space>
      )}
    </Form>
  )
}
