import { Button } from 'antd'
import { useTranslation } from 'react-i18next'
import { allowed } from '../machine'
import { usePhone, usePhoneState } from './PhoneContext'
import { useShortcut } from './shortcut'

/** While somebody is asked: from one to the other, all three, hand over, or let the second party go. */
export function ConsultControls() {
  const { t } = useTranslation()
  const phone = usePhone()
  const state = usePhoneState()
  const call = state.desk?.call
  const may = allowed(state)
  const swap = useShortcut('F2')
  const three = useShortcut('F4')
  const complete = useShortcut('F9')
  const cancel = useShortcut('Shift+F9')
  if (!call?.consult) return null
  const together = call.state === 'conference'
  const letGo = together ? 'part' : call.consult.phase === 'joined' ? 'end' : 'cancel'
  return (
    <>
      {!together && (
        <>
          <Button ref={swap} data-testid="swap" aria-keyshortcuts="F2" disabled={!may.swap} onClick={() => void phone.request({ type: 'swap' })}>
            {t(call.state === 'swapped' ? 'consult.toSecond' : 'consult.toCaller')} <kbd aria-hidden="true">F2</kbd>
          </Button>
          <Button ref={three} data-testid="conference" aria-keyshortcuts="F4" disabled={!may.conference} onClick={() => void phone.request({ type: 'conference' })}>
            {t('consult.conference')} <kbd aria-hidden="true">F4</kbd>
          </Button>
        </>
      )}
      <Button ref={complete} type="primary" data-testid="complete" aria-keyshortcuts="F9" disabled={!may.complete} onClick={() => void phone.request({ type: 'complete' })}>
        {t(together ? 'consult.leave' : 'consult.complete')} <kbd aria-hidden="true">F9</kbd>
      </Button>
      <Button ref={cancel} data-testid="cancel-consult" aria-keyshortcuts="Shift+F9" disabled={!may.cancel} onClick={() => void phone.request({ type: 'cancel' })}>
        {t(`consult.${letGo}`)} <kbd aria-hidden="true" dir="ltr">⇧F9</kbd>
      </Button>
    </>
  )
}
