import { ConfigProvider } from 'antd'
import type { ThemeConfig } from 'antd'
import type { Locale } from 'antd/es/locale'
import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { direction } from '../i18n'
import type { Language } from '../i18n'
import { antdLocales } from '../i18n/antd'

const theme: ThemeConfig = {
  token: {
    colorPrimary: '#1554ad',
    borderRadius: 6,
    // Dark enough on white to be read by everyone (WCAG 2.2, 1.4.3: 4.5 to 1).
    colorError: '#cf1322',
    colorTextDescription: '#5b6472',
    colorTextTertiary: '#5b6472',
    colorTextPlaceholder: '#6b7280',
    fontFamily: 'system-ui, "Noto Sans SC", "Microsoft YaHei", "UKIJ Tuz Tom", "Noto Naskh Arabic", sans-serif',
  },
}

/** Ant Design in the chosen language and direction. */
export function Theme({ children }: { children: ReactNode }) {
  const { i18n } = useTranslation()
  const language = i18n.language as Language
  const [locale, setLocale] = useState<Locale>()
  useEffect(() => {
    let gone = false
    void antdLocales[language]().then((loaded) => {
      if (!gone) setLocale(loaded.default)
    })
    return () => {
      gone = true
    }
  }, [language])
  if (!locale) return null
  return (
    <ConfigProvider locale={locale} direction={direction(language)} theme={theme} button={{ autoInsertSpace: false }}>
      {children}
    </ConfigProvider>
  )
}
