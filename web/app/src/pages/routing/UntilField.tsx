import { Button, DatePicker, Form, Space } from 'antd'
import dayjs from 'dayjs'
// Months and weekdays of the calendar, and the day a week begins with.
import 'dayjs/locale/kk'
import 'dayjs/locale/ug-cn'
import 'dayjs/locale/zh-cn'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { fromField, toField } from './moment'

interface Choice {
  label: string
  ms: number
}

interface Bounds {
  choices: Choice[]
  /** The farthest from now, ms. */
  most: number
}

/** When something ends, Beijing time: chosen, or by a button so far from now. */
export function UntilField({ choices, most }: Bounds) {
  const { t } = useTranslation()
  const inTime = async (_: unknown, text?: string) => {
    const left = text ? Date.parse(fromField(text)) - Date.now() : 0
    if (!(left > 0 && left <= most)) throw new Error(t('edit.until'))
  }
  return <Form.Item name="until" label={t('mark.until')} required rules={[{ validator: inTime }]}><Moment choices={choices} most={most} /></Form.Item>
}

/** The form gives it value, onChange and the names by which a label and an error are its own. */
function Moment({ choices, most, value, onChange, ...named }: Bounds & { value?: string; onChange?: (text: string | undefined) => void }) {
  const [opened] = useState(Date.now)
  return (
    <Space wrap>
      <DatePicker
        {...named} showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" needConfirm={false} allowClear={false}
        minDate={dayjs(toField(opened))} maxDate={dayjs(toField(opened + most))}
        value={value ? dayjs(value) : null} onChange={(at) => onChange?.(at?.format('YYYY-MM-DDTHH:mm'))}
      />
      {choices.map((one) => <Button key={one.ms} size="small" onClick={() => onChange?.(toField(Date.now() + one.ms))}>{one.label}</Button>)}
    </Space>
  )
}
