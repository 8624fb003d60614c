/**
 * Languages of the page. Chinese is the first and what a missing text falls
 * back to; each catalogue is loaded only when it is chosen.
 */
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'

export const languages = ['zh-CN', 'ug', 'kk', 'en'] as const
export type Language = (typeof languages)[number]

/** Each language by its own name, as its speakers look for it. */
export const languageNames: Record<Language, string> = {
  'zh-CN': '中文',
  ug: 'ئۇيغۇرچە',
  kk: 'Қазақша',
  en: 'English',
}

const storageKey = 'hotline.language'

const catalogues: Record<Language, () => Promise<{ default: object }>> = {
  'zh-CN': () => import('../locales/zh-CN.json'),
  ug: () => import('../locales/ug.json'),
  kk: () => import('../locales/kk.json'),
  en: () => import('../locales/en.json'),
}

/** Texts of pages that agents never open: they would only delay theirs. */
const routingCatalogues: typeof catalogues = {
  'zh-CN': () => import('../locales/routing/zh-CN.json'),
  ug: () => import('../locales/routing/ug.json'),
  kk: () => import('../locales/routing/kk.json'),
  en: () => import('../locales/routing/en.json'),
}
const routingLoaded = new Set<Language>()
let routingWanted = false

export const isLanguage = (value: unknown): value is Language => languages.includes(value as Language)

export const direction = (language: Language): 'rtl' | 'ltr' => (language === 'ug' ? 'rtl' : 'ltr')

async function load(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, 'translation')) i18next.addResourceBundle(language, 'translation', (await catalogues[language]()).default)
  if (routingWanted) await loadRouting(language)
}

async function loadRouting(language: Language): Promise<void> {
  if (routingLoaded.has(language)) return
  i18next.addResourceBundle(language, 'translation', (await routingCatalogues[language]()).default, true)
  routingLoaded.add(language)
}

/** A page with the texts of locales/routing, which stay from then on, in every language that is chosen. */
export async function withRoutingTexts<T>(page: () => Promise<T>): Promise<T> {
  routingWanted = true
  const [loaded] = await Promise.all([page(), loadRouting('zh-CN'), loadRouting(i18next.language as Language)])
  return loaded
}

export async function startI18n(): Promise<void> {
  const kept = localStorage.getItem(storageKey)
  const language: Language = isLanguage(kept) ? kept : 'zh-CN'
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'zh-CN',
    resources: {},
    partialBundledLanguages: true,
    interpolation: { escapeValue: false }, // React escapes
    returnNull: false,
  })
  await Promise.all([load('zh-CN'), load(language)])
  await i18next.changeLanguage(language)
  apply(language)
}

export async function chooseLanguage(language: Language): Promise<void> {
  await load(language)
  localStorage.setItem(storageKey, language)
  await i18next.changeLanguage(language)
  apply(language)
}

function apply(language: Language): void {
  document.documentElement.lang = language
  document.documentElement.dir = direction(language)
  document.title = i18next.t('app.title')
}
