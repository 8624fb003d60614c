import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { watchSession } from './api/session'
import { makeRouter } from './app/router'
import { Theme } from './app/Theme'
import { startI18n } from './i18n'
import { rememberPlainAudio } from './softphone/media'
import './app/app.css'

async function main() {
  rememberPlainAudio(window.location.search, sessionStorage)
  await startI18n()
  const queries = new QueryClient({
    defaultOptions: { queries: { staleTime: 10_000, retry: 1, refetchOnWindowFocus: false } },
  })
  const router = makeRouter(queries)
  watchSession(queries, () => void router.invalidate())
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <Theme>
          <RouterProvider router={router} />
        </Theme>
      </QueryClientProvider>
    </StrictMode>,
  )
}

void main()
