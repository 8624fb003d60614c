import { Form, Input, Radio, Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { useAddMark, useApproveMark } from '../../api/marks'
import type { Approval, NewMark } from '../../api/marks'
import type { Mark, MarkKind } from '../../api/types'
import { Ltr } from '../../components/Ltr'
import { greenGroups, markKinds } from '../../softphone/marks'
import { EditForm } from './EditForm'
import { day, fromField, toField } from './moment'
import { NumberField } from './Rows'
import { UntilField } from './UntilField'

/** How long a mark may hold at most (routing.MaxGreen, MaxLower). */
const longestGreen = 3 * 365 * day
const longestLower = 30 * day

type NewValues = Required<NewMark>
type ApprovalValues = Approval

/** A supervisor's mark of a number, which counts at once. */
export function NewMarkForm({ onDone, onSaved }: { onDone: () => void; onSaved: () => void }) {
  const { t } = useTranslation()
  const add = useAddMark()
  const fresh = (): NewValues => ({ number: '', kind: 'green', group: 'old', priority: 300, note: '', until: toField(Date.now() + 90 * day) })
  const body = (values: NewValues): NewMark => ({ ...values, number: values.number.trim(), note: values.note.trim(), group: values.kind === 'green' ? values.group : '', until: fromField(values.until) })
  return (
    <EditForm<NewMark, NewValues>
      title={t('marks.add')} what="mark" row={undefined} values={fresh} body={body} save={(change) => add.mutateAsync(change.to)} reload={async () => undefined}
      onDone={(saved) => {
        if (saved) onSaved()
        onDone()
      }}
    >
      <NewFields />
    </EditForm>
  )
}

function NewFields() {
  const { t } = useTranslation()
  const form = Form.useFormInstance<NewValues>()
  const kind = Form.useWatch<MarkKind | undefined>('kind') ?? 'green'
  const green = kind === 'green'
  const changed = (next: MarkKind) => {
    const lower = next !== 'green'
    form.setFieldsValue({ priority: lower ? -300 : 300, until: toField(Date.now() + (lower ? 7 : 90) * day) })
  }
  return (
    <>
      <Form.Item name="number" label={t('callback.number')} rules={[{ required: true, pattern: /^[0-9+ -]{3,32}$/, message: t('form.phoneWrong') }]}>
        <Input dir="ltr" inputMode="tel" maxLength={32} data-testid="mark-number" />
      </Form.Item>
      <Form.Item name="kind" label={t('mark.kind')}>
        <Radio.Group onChange={(event) => changed(event.target.value as MarkKind)} options={markKinds.map((value) => ({ value, label: t(`mark.kinds.${value}`) }))} />
      </Form.Item>
      {green && <Form.Item name="group" label={t('mark.group')}><Select options={greenGroups.map((value) => ({ value, label: t(`offer.green.${value}`) }))} /></Form.Item>}
      <NumberField name="priority" label={t('routing.priority')} hint={t(green ? 'marks.greenHint' : 'marks.lowerHint')} least={green ? 1 : -3600} most={green ? 3600 : 0} unit={t('routing.points')} />
      <Form.Item name="note" label={t('mark.note')} rules={[({ getFieldValue }) => ({ required: getFieldValue('kind') !== 'green', whitespace: true })]}><Input maxLength={200} /></Form.Item>
      <UntilField choices={[7, 30, ...(green ? [90, 365] : [])].map((n) => ({ label: t('edit.days', { count: n }), ms: n * day }))} most={green ? longestGreen : longestLower} />
    </>
  )
}

/** Lets a mark count that an agent has set, for a while. */
export function MarkApproval({ mark, onDone }: { mark: Mark; onDone: () => void }) {
  const { t } = useTranslation()
  const approve = useApproveMark()
  const fresh = (): ApprovalValues => ({ priority: -300, until: toField(Date.now() + 7 * day) })
  return (
    <EditForm<Approval, ApprovalValues>
      title={t('marks.approve')} submit={t('marks.approve')} what={`approval.${mark.id}`} row={undefined} values={fresh} body={(values) => ({ ...values, until: fromField(values.until) })}
      save={(change) => approve.mutateAsync({ id: mark.id, ...change.to })} reload={async () => undefined} onDone={onDone}
    >
      <p><Ltr>{mark.number}</Ltr> · {t(`mark.kinds.${mark.kind}`)} · <bdi>{mark.note}</bdi></p>
      <NumberField name="priority" label={t('routing.priority')} hint={t('marks.lowerHint')} least={-3600} most={0} unit={t('routing.points')} />
      <UntilField choices={[1, 7, 30].map((n) => ({ label: t('edit.days', { count: n }), ms: n * day }))} most={longestLower} />
    </EditForm>
  )
}
