import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiError } from './api/client'
import { watchSession } from './api/session'
import { makeRouter } from './app/router'
import { Theme } from './app/Theme'
import { startI18n } from './i18n'
import { rememberPlainAudio } from './softphone/media'
import './app/app.css'

/** Once more after a lost network or a fault of the server's; a refusal stays a refusal, and who waited long enough is told. */
const mayHelp = (failures: number, error: Error): boolean =>
  failures < 1 && !(error instanceof ApiError && error.status < 500) && error.name !== 'TimeoutError'

async function main() {
  rememberPlainAudio(window.location.search, sessionStorage)
  await startI18n()
  const queries = new QueryClient({
    defaultOptions: { queries: { staleTime: 10_000, retry: mayHelp, refetchOnWindowFocus: false } },
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
