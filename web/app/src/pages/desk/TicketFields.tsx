import { Checkbox, Form, Input, Radio, Select, Space } from 'antd'
import { useTranslation } from 'react-i18next'
import { useRegions } from '../../api/reference'
import { CategorySelect } from './CategorySelect'

const kinds = ['inquiry', 'help', 'suggestion', 'complaint', 'tipOff', 'praise'] as const
const urgencies = ['ordinary', 'urgent', 'critical'] as const
const genders = ['', 'male', 'female'] as const
const spoken = ['zh', 'ug', 'kk'] as const

function useOptions() {
  const { t } = useTranslation()
  return (group: string, keys: readonly string[]) => keys.map((value) => ({ value, label: t(`${group}.${value || 'none'}`) }))
}

/** What kind of matter it is; the deadline follows from it. */
export function MatterFields() {
  const { t } = useTranslation()
  const options = useOptions()
  return (
    <>
      <div className="choices">
        <Form.Item name="kind" label={t('form.kind')}>
          <Radio.Group optionType="button" aria-label={t('form.kind')} options={options('kind', kinds)} />
        </Form.Item>
        <Form.Item name="urgency" label={t('form.urgency')}>
          <Radio.Group optionType="button" aria-label={t('form.urgency')} options={options('urgency', urgencies)} />
        </Form.Item>
      </div>
      <div data-testid="ticket-category">
        <Form.Item name="category" label={t('form.category')} rules={[{ required: true }]}>
          <CategorySelect />
        </Form.Item>
      </div>
    </>
  )
}

/** Where, and what was said. */
export function ContentFields() {
  const { t } = useTranslation()
  const regions = useRegions()
  return (
    <>
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
    </>
  )
}

/** The requester (诉求人). With a call the phone may stay empty: the server takes the call's, shown masked as `number`. */
export function RequesterFields({ inCall, number }: { inCall: boolean; number: string | undefined }) {
  const { t } = useTranslation()
  const options = useOptions()
  return (
    <>
      <div className="requester">
        <Form.Item name="name" label={t('form.name')}>
          <Input maxLength={50} dir="auto" autoComplete="off" />
        </Form.Item>
        <Form.Item name="gender" label={t('form.gender')}>
          <Radio.Group optionType="button" aria-label={t('form.gender')} options={options('gender', genders)} />
        </Form.Item>
        <Form.Item name="language" label={t('form.language')}>
          <Select options={options('spoken', spoken)} />
        </Form.Item>
        <Form.Item name="phone" label={t('form.phone')} rules={[{ required: !inCall }, { pattern: /^\+?[\d\s-]{3,20}$/, message: t('form.phoneWrong') }]}>
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
    </>
  )
}
