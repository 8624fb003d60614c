import { Button, Popover } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { usePhone } from './PhoneContext'

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#']

/** Sends key tones into the call (RFC 4733, sent by the server). */
export function KeyPad({ disabled }: { disabled: boolean }) {
  const { t } = useTranslation()
  const phone = usePhone()
  const [sent, setSent] = useState('')
  const pad = (
    <div role="group" aria-label={t('phone.keypad')} dir="ltr">
      <div className="keypad-sent" aria-live="polite">{sent || ' '}</div>
      <div className="keypad">
        {keys.map((key) => (
          <Button
            key={key}
            aria-label={t('phone.key', { key })}
            onClick={() => {
              setSent((before) => (before + key).slice(-16))
              void phone.request({ type: 'keys', keys: key })
            }}
          >
            {key}
          </Button>
        ))}
      </div>
    </div>
  )
  return (
    <Popover content={pad} trigger="click" onOpenChange={(open) => open && setSent('')}>
      <Button data-testid="keypad" disabled={disabled}>{t('phone.keypad')}</Button>
    </Popover>
  )
}
