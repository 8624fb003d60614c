import { Button, Popover } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { besideTrigger } from './StatusControl'
import { usePhone } from './PhoneContext'

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#']

/** Sends key tones into the call (RFC 4733, sent by the server). */
export function KeyPad({ disabled }: { disabled: boolean }) {
  const { t } = useTranslation()
  const phone = usePhone()
  const [sent, setSent] = useState('')
  const [open, setOpen] = useState(false)
  const show = (next: boolean) => {
    setOpen(next)
    if (next) setSent('')
  }
  const press = (key: string) => {
    setSent((before) => (before + key).slice(-16))
    void phone.request({ type: 'keys', keys: key })
  }
  const pad = (
    <div role="group" aria-label={t('phone.keypad')} dir="ltr">
      <div className="keypad-sent" aria-live="polite">{sent || ' '}</div>
      <div className="keypad">
        {keys.map((key) => (
          <Button
            key={key}
            aria-label={t('phone.key', { key })}
            onClick={() => press(key)}
          >
            {key}
          </Button>
        ))}
      </div>
    </div>
  )
  return (
    // With the pad open the keyboard's digits are keys too, as on a telephone.
    <span onKeyDown={(event) => open && keys.includes(event.key) && !event.repeat && press(event.key)}>
      <Popover content={pad} trigger="click" getPopupContainer={besideTrigger} open={open && !disabled} onOpenChange={show}>
        <Button data-testid="keypad" disabled={disabled} aria-expanded={open && !disabled}>{t('phone.keypad')}</Button>
      </Popover>
    </span>
  )
}
