import { Alert, Button, Space } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CallControls } from './CallControls'
import { NetworkBanner } from './NetworkBanner'
import { OfferCard } from './OfferCard'
import { usePhone, usePhoneState } from './PhoneContext'
import { RemoteAudio } from './RemoteAudio'
import { StatusControl } from './StatusControl'

const DevicesDialog = lazy(() => import('./DevicesDialog'))

/** The softphone: one bar on top of every page of an agent. */
export function PhoneBar() {
  const { t } = useTranslation()
  const phone = usePhone()
  const { fault } = usePhoneState()
  const [choosing, setChoosing] = useState(false)
  return (
    <section className="phone" aria-label={t('phone.title')}>
      <NetworkBanner />
      {fault && (
        <Alert
          type="warning"
          banner
          role="alert"
          closable={{ onClose: () => phone.faultSeen(), 'aria-label': t('action.close') }}
          title={<bdi>{t(`fault.${fault.code}`, { defaultValue: fault.message || t('fault.unknown') })}</bdi>}
        />
      )}
      <div className="phone-bar">
        <Space wrap>
          <StatusControl />
          <Button data-testid="devices" onClick={() => setChoosing(true)}>{t('phone.devices')}</Button>
        </Space>
        <CallControls />
      </div>
      <OfferCard />
      {choosing && <Suspense><DevicesDialog onClose={() => setChoosing(false)} /></Suspense>}
      <RemoteAudio />
    </section>
  )
}
