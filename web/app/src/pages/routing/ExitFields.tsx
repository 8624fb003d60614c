import { Form, Input, Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { useRoutingQueues } from '../../api/routing'
import type { Exit } from '../../api/types'
import { exitKinds } from './queueForm'
import { NumberField } from './Rows'

interface ExitProps {
  /** The queue that is left: it leads not to itself. */
  own: string | undefined
  /** Where the exit stands, within the list `from` if it is a row of one. */
  at: (string | number)[]
  from?: string
  label?: string
}

/** Where a call leaves a queue for: another queue, a number, a callback. */
export function ExitFields({ own, at, from, label }: ExitProps) {
  const { t } = useTranslation()
  const form = Form.useFormInstance()
  const path = from ? [from, ...at] : at
  const kind = Form.useWatch<Exit['kind'] | undefined>([...path, 'kind'], { form, preserve: true })
  const queues = useRoutingQueues().data ?? []
  return (
    <>
      <Form.Item name={[...at, 'kind']} label={label ?? t('routing.exit')}>
        <Select className="row-choice" onChange={() => form.setFieldValue([...path, 'id'], undefined)} options={exitKinds.map((value) => ({ value, label: t(`routing.exits.${value}`) }))} />
      </Form.Item>
      {kind === 'queue' && (
        <Form.Item name={[...at, 'id']} label={t('routing.queue')} rules={[{ required: true, message: t('edit.choose') }]}>
          <Select className="row-choice" options={queues.filter((one) => one.id !== own).map((one) => ({ value: one.id, label: one.name }))} />
        </Form.Item>
      )}
      {kind === 'outside' && (
        <>
          <Form.Item name={[...at, 'id']} label={t('transfer.number')} rules={[{ required: true, pattern: /^\+?\d{2,20}$/, message: t('form.phoneWrong') }]}>
            <Input dir="ltr" inputMode="tel" maxLength={21} />
          </Form.Item>
          <NumberField name={[...at, 'timeout']} label={t('routing.ringsFor')} least={0} most={120} unit={t('routing.s')} />
        </>
      )}
    </>
  )
}
