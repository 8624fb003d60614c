import { Select } from 'antd'
import { useTranslation } from 'react-i18next'
import { chooseLanguage, languageNames, languages } from '../i18n'
import type { Language } from '../i18n'

export function LanguageSwitch() {
  const { t, i18n } = useTranslation()
  return (
    <Select<Language>
      aria-label={t('app.language')}
      data-testid="language"
      className="language"
      value={i18n.language as Language}
      onChange={(language) => void chooseLanguage(language)}
      options={languages.map((value) => ({ value, label: languageNames[value] }))}
    />
  )
}
