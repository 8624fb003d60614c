import { Button, Checkbox, Input, Space } from 'antd'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Ending, EndingDraft } from './ticketDraft'

interface Props {
  /** Which ending, and what is written of it so far. */
  begin: EndingDraft
  busy: boolean
  /** The caller is on the line of who fills this in: nobody else can have told her at once. */
  onLine: boolean
  onSend: (ending: Ending) => void
  /** Absent where the form can be folded away by other means. */
  onCancel?: () => void
  /** Called with each change, so that a reload loses nothing. */
  onChange?: (draft: EndingDraft) => void
}

/** Answer on the line (直接办结), or refuse with the right door named (不予受理, Art. 18). */
export function EndingForm({ begin, busy, onLine, onSend, onCancel, onChange }: Props) {
  const { t } = useTranslation()
  const [draft, setDraft] = useState(begin)
  const { kind, text, rightDoor } = draft
  const told = onLine && draft.told
  const change = (part: Partial<EndingDraft>) => {
    const next = { ...draft, ...part }
    setDraft(next)
    onChange?.(next)
  }
  const ready = text.trim() !== '' && (kind === 'answer' || rightDoor.trim() !== '')
  const send = () =>
    onSend(kind === 'answer' ? { type: 'answer', text: text.trim(), told } : { type: 'refuse', reason: text.trim(), rightDoor: rightDoor.trim(), told })
  const label = t(kind === 'answer' ? 'form.answerText' : 'form.refuseReason')
  return (
    <fieldset className="ending">
      <legend>{t(kind === 'answer' ? 'form.answer' : 'form.refuse')}</legend>
      <label>
        {label}
        <Input.TextArea data-testid={`${kind}-text`} autoFocus rows={3} maxLength={5000} dir="auto" value={text} onChange={(event) => change({ text: event.target.value })} />
      </label>
      {kind === 'refuse' && (
        <label>
          {t('form.rightDoor')}
          <Input data-testid="refuse-door" maxLength={200} dir="auto" value={rightDoor} onChange={(event) => change({ rightDoor: event.target.value })} />
        </label>
      )}
      {onLine && <Checkbox checked={told} onChange={(event) => change({ told: event.target.checked })}>{t('form.told')}</Checkbox>}
      <Space className="form-actions">
        <Button type="primary" data-testid={`${kind}-send`} disabled={!ready} loading={busy} onClick={send}>{t('action.confirm')}</Button>
        {onCancel && <Button onClick={onCancel}>{t('action.cancel')}</Button>}
      </Space>
    </fieldset>
  )
}
