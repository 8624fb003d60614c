import { Button } from 'antd'
import { useTranslation } from 'react-i18next'
import { Link } from '@tanstack/react-router'

/** An address that leads nowhere. */
export function Missing() {
  const { t } = useTranslation()
  return (
    <main className="content">
      <h1>{t('page.missing')}</h1>
      <Link to="/">{t('page.home')}</Link>
    </main>
  )
}

/** A page that could not be loaded or drawn, for example after a new version was put in place. */
export function Failed() {
  const { t } = useTranslation()
  return (
    <section className="content" role="alert">
      <h1>{t('page.failed')}</h1>
      <Button type="primary" onClick={() => window.location.reload()}>{t('page.reload')}</Button>
    </section>
  )
}
