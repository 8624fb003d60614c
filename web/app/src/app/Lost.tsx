import { Button } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from '@tanstack/react-router'
import { Panel } from '../components/Panel'

/** An address that leads nowhere. */
export function Missing() {
  const { t } = useTranslation()
  return <Panel role="alert"><p>{t('page.missing')}</p><Link to="/">{t('page.home')}</Link></Panel>
}

/** A page that could not be loaded or drawn, for example after a new version was put in place. */
export function Failed() {
  const { t } = useTranslation()
  return (
    <Panel role="alert">
      <p>{t('page.failed')}</p>
      <Button type="primary" onClick={() => window.location.reload()}>{t('page.reload')}</Button>
    </Panel>
  )
}
