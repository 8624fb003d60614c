import { Alert } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from '@tanstack/react-router'
import { useEmergency } from '../api/emergency'
import type { Role } from '../api/types'
import { isolate } from '../components/isolate'
import { dateTime } from '../components/time'
import { mayRoute } from './roles'

/** While calls are taken as in an emergency everybody knows it, on every page. */
export function EmergencyBanner({ role }: { role: Role }) {
  const { t } = useTranslation()
  const emergency = useEmergency().data
  if (!emergency) return null
  return (
    <Alert
      type="error" banner role="status" data-testid="emergency-banner"
      title={<>{t('emergency.banner', { reason: isolate(emergency.reason), until: isolate(dateTime(emergency.until)) })} {emergency.key && t('emergency.byKey', { key: emergency.key })}</>}
      action={mayRoute(role) ? <Link to="/emergency">{t('emergency.manage')}</Link> : undefined}
    />
  )
}
