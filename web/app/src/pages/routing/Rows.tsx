import { Button, Form, InputNumber, Select } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useSkills } from '../../api/routing'

/** As in the row it stands in. */
type Name = string | number | (string | number)[]

interface RowsProps {
  name: Name
  label: string
  hint?: string
  most: number
  /** What a new row has. */
  blank: () => unknown
  /** The order counts, and may be changed. */
  ordered?: boolean
  children: (place: number) => ReactNode
}

/** A list of alike rows in a form. */
export function Rows({ name, label, hint, most, blank, ordered, children }: RowsProps) {
  const { t } = useTranslation()
  return (
    <Form.List name={name}>
      {(fields, { add, remove, move }, { errors }) => (
        <fieldset className="rows">
          <legend>{label}</legend>
          {hint && <p className="hint">{hint}</p>}
          {fields.map((field, n) => (
            <div key={field.key} className="row" role="group" aria-label={t('edit.row', { label, n: n + 1 })}>
              {children(field.name)}
              <span className="row-acts">
                {ordered && <Button size="small" aria-label={t('edit.up')} title={t('edit.up')} disabled={n === 0} onClick={() => move(n, n - 1)}>↑</Button>}
                {ordered && <Button size="small" aria-label={t('edit.down')} title={t('edit.down')} disabled={n === fields.length - 1} onClick={() => move(n, n + 1)}>↓</Button>}
                <Button size="small" danger onClick={() => remove(n)}>{t('webhook.remove')}</Button>
              </span>
            </div>
          ))}
          <Button size="small" disabled={fields.length >= most} onClick={() => add(blank())}>{t('edit.addRow')}</Button>
          <Form.ErrorList errors={errors} />
        </fieldset>
      )}
    </Form.List>
  )
}

/** Skills with levels: needed by a queue, or had by an agent. */
export function SkillRows({ name, label, hint, most }: { name: Name; label: string; hint?: string; most: number }) {
  const { t } = useTranslation()
  const skills = useSkills().data ?? []
  return (
    <Rows name={name} label={label} hint={hint} most={most} blank={() => ({ level: 1 })}>
      {(place) => (
        <>
          <Form.Item name={[place, 'name']} label={t('routing.skill')} rules={[{ required: true, message: t('edit.choose') }]}>
            <Select className="row-choice" options={skills.map((one) => ({ value: one.id, label: one.name }))} />
          </Form.Item>
          <Form.Item name={[place, 'level']} label={t('routing.level')} rules={[{ required: true, message: t('edit.number') }]}>
            <InputNumber min={1} max={10} precision={0} />
          </Form.Item>
        </>
      )}
    </Rows>
  )
}

/** A whole number in its bounds; `unit` stands behind it. */
export function NumberField({ name, label, hint, least, most, unit }: { name: Name; label: string; hint?: string; least: number; most: number; unit?: string }) {
  const { t } = useTranslation()
  return (
    <Form.Item name={name} label={label} extra={hint} rules={[{ required: true, message: t('edit.number') }]}>
      <InputNumber min={least} max={most} precision={0} suffix={unit} className="counted" />
    </Form.Item>
  )
}
