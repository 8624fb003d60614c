import { Alert, Button, Popconfirm, Space } from 'antd'
import { useTranslation } from 'react-i18next'
import { useTicketDoNotCall } from '../../api/outbound'
import { FaultNote } from '../../components/Fault'
import { allowed } from '../../softphone/machine'
import { usePhone, usePhoneState } from '../../softphone/ui/PhoneContext'

/** Calls the ticket's requester, whose number stays with the server; or notes that he is not to be called. */
export function CallRequester({ ticket }: { ticket: string }) {
  const { t } = useTranslation()
  const phone = usePhone()
  const may = allowed(usePhoneState()).dial
  const doNotCall = useTicketDoNotCall()
  return (
    <>
      <Space wrap>
        <Button data-testid="call-requester" disabled={!may} title={may ? undefined : t('outbound.notReady')} onClick={() => void phone.request({ type: 'dial', ticket })}>{t('outbound.callRequester')}</Button>
        <Popconfirm title={t('outbound.askedSure')} onConfirm={() => doNotCall.mutate(ticket)}>
          <Button>{t('outbound.asked')}</Button>
        </Popconfirm>
      </Space>
      <FaultNote error={doNotCall.error} />
      {doNotCall.isSuccess && <Alert type="success" closable title={t('outbound.askedNoted')} />}
    </>
  )
}
