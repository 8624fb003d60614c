import { Button, Space } from 'antd'
import { Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { useLiveEvents } from '../api/events'
import { useSession, useSignOut } from '../api/session'
import type { Session } from '../api/types'
import { dropDrafts } from './drafts'
import { EmergencyBanner } from './EmergencyBanner'
import { PhoneBar } from '../softphone/ui/PhoneBar'
import { PhoneProvider, useOnCall, usePhone } from '../softphone/ui/PhoneContext'
import { LanguageSwitch } from './LanguageSwitch'
import { hasPhone, menuOf } from './roles'

/** The frame of every page behind the sign-in: menu, account, and the softphone of those who have one. */
export function Shell() {
  const session = useSession()
  const account = session.data?.account
  if (!account) return null // the route's guard is sending to the sign-in
  return (
    <PhoneProvider key={account.id} owner={account.id} enabled={hasPhone(account.role)} startsReady={account.role === 'agent'}>
      <Frame account={account} />
    </PhoneProvider>
  )
}

function Frame({ account }: { account: Session['account'] }) {
  const { t } = useTranslation()
  const signOut = useSignOut()
  const phone = usePhone()
  const onCall = useOnCall()
  const location = useLocation()
  useLiveEvents()
  const entries = menuOf(account.role)
  const box = (location.search as { box?: string }).box
  const chosen = entries.find((one) => location.pathname.startsWith(one.to) && (!one.box || one.box === box))
  const leave = () => {
    phone.stop()
    dropDrafts(sessionStorage)
    signOut.mutate()
  }
  return (
    <div className="shell">
      <div className="bars">
        <header className="top">
          <strong className="brand">{t('app.short')}</strong>
          <nav className="menu" aria-label={t('app.menu')}>
            {entries.map((one) => (
              <Link key={one.key} to={one.to} search={one.box ? { box: one.box } : {}} className={one === chosen ? 'chosen' : ''} aria-current={one === chosen ? 'page' : undefined}>
                {t(`menu.${one.key}`)}
              </Link>
            ))}
          </nav>
          <Space>
            <span className="who"><bdi>{account.agencyName ?? account.name}</bdi> · {t(`role.${account.role}`)}</span>
            <LanguageSwitch />
            <Button data-testid="sign-out" disabled={onCall} title={onCall ? t('fault.in-call') : undefined} onClick={leave}>{t('app.signOut')}</Button>
          </Space>
        </header>
        <EmergencyBanner role={account.role} />
        {hasPhone(account.role) && <PhoneBar />}
      </div>
      <main className="content">
        <Suspense>
          <Outlet />
        </Suspense>
      </main>
    </div>
  )
}
