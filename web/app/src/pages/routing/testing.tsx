/** What the tests of these pages share: a server of the test's own, and a page as somebody signed in sees it. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { configure, fireEvent, render, screen } from '@testing-library/react'
import i18next from 'i18next'
import type { ReactNode } from 'react'
import { initReactI18next } from 'react-i18next'
import { vi } from 'vitest'
import type { Role } from '../../api/types'
import english from '../../locales/en.json'
import routingEnglish from '../../locales/routing/en.json'

/** Answers by "METHOD /path"; lists by their path alone. What is not there is 204. */
export const answers: Record<string, unknown> = {}
export const asked: { ask: string; body: unknown }[] = []

/** The changes that were asked for, without the reads. */
export const changes = () => asked.filter((one) => !one.ask.startsWith('GET'))

export async function server(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname.replace('/api/v1', '')
  const ask = `${request.method} ${path}`
  const text = await request.text()
  asked.push({ ask, body: text ? JSON.parse(text) : undefined })
  const answer = answers[ask] ?? (request.method === 'GET' ? { items: [] } : undefined)
  if (answer instanceof Response) return answer.clone()
  return answer === undefined ? new Response(null, { status: 204 }) : Response.json(answer)
}

export const refusal = (fields: Record<string, string>) => Response.json({ code: 'invalid', message: 'wrong', fields }, { status: 400 })

export async function prepare(): Promise<void> {
  configure({ asyncUtilTimeout: 60_000 }) // ends a hang only: a machine may be ten times slower
  await i18next.use(initReactI18next).init({ lng: 'en', resources: { en: { translation: english } } })
  i18next.addResourceBundle('en', 'translation', routingEnglish, true)
  // jsdom has none of these; the components only need them to be there.
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} })
  vi.stubGlobal('matchMedia', () => ({ matches: false, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} }))
  Element.prototype.scrollIntoView = () => undefined
  Element.prototype.scrollTo = () => undefined
}

export function forget(): void {
  sessionStorage.clear()
  asked.length = 0
  for (const key of Object.keys(answers)) delete answers[key]
}

export function show(page: ReactNode, role: Role = 'supervisor') {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  queries.setQueryData(['session'], { account: { id: 'me', role, name: 'Sue', login: 'sue', languages: [] }, csrf: '' })
  return render(<QueryClientProvider client={queries}>{page}</QueryClientProvider>)
}

export const type = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } })
export const press = (testId: string) => fireEvent.click(screen.getByTestId(testId))
