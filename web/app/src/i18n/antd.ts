/** Ant Design's own texts, loaded with the language. It has none for Uyghur: ours is antd-ug.ts. */
import type { Locale } from 'antd/es/locale'
import type { Language } from './index'

export const antdLocales: Record<Language, () => Promise<{ default: Locale }>> = {
  'zh-CN': () => import('antd/es/locale/zh_CN'),
  ug: () => import('./antd-ug'),
  kk: () => import('antd/es/locale/kk_KZ'),
  en: () => import('antd/es/locale/en_US'),
}
