import { Alert, Button } from 'antd'
import { useTranslation } from 'react-i18next'
import { duration } from '../../components/time'
import { useNow } from '../../components/useNow'
import { usePhone, usePhoneState, chosenDevices } from './PhoneContext'

/** Says on screen that the server is not heard, or that the shift went to another page. */
export function NetworkBanner() {
  const { t } = useTranslation()
  const phone = usePhone()
  const { link, lostAt, desk, media } = usePhoneState()
  const now = useNow(1000)
  if (lostAt !== undefined) {
    const since = duration(now - lostAt)
    const inCall = desk?.call && desk.state !== 'wrapUp'
    return (
      <Alert
        type="error"
        banner
        data-testid="network-lost"
        role="alert"
        title={t('phone.lost', { since })}
        description={inCall ? t('phone.lostInCall') : undefined}
      />
    )
  }
  if (link === 'replaced') {
    return (
      <Alert
        type="warning"
        banner
        role="alert"
        title={t('phone.replaced')}
        action={<Button size="small" onClick={() => phone.start(chosenDevices())}>{t('phone.takeOver')}</Button>}
      />
    )
  }
  if (link === 'on' && media === 'failed') return <Alert type="warning" banner role="alert" title={t('phone.mediaFailed')} />
  return null
}
