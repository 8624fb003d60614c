import { QueryClient } from '@tanstack/react-query'
import { expect, it, vi } from 'vitest'
import { limited, onSignedOut } from './client'
import { sessionQuery, watchSession } from './session'

vi.mock('./client', async (original) => ({ ...(await original<object>()), onSignedOut: vi.fn() }))

it('forgets with a session that was ended all that was read in it', () => {
  vi.stubGlobal('localStorage', { removeItem: vi.fn() })
  const queries = new QueryClient()
  queries.setQueryData(['ticket', '20261125-000001'], { title: '路灯不亮' })
  const shown = vi.fn()
  watchSession(queries, shown)
  vi.mocked(onSignedOut).mock.calls[0]![0]()
  expect(queries.getQueryData(['ticket', '20261125-000001'])).toBeUndefined()
  expect(queries.getQueryData(sessionQuery.queryKey)).toBeNull()
  expect(shown).toHaveBeenCalledOnce()
})

it('gives up an answer that does not come', async () => {
  const silent = (_: Request, init: RequestInit) => new Promise<Response>((_done, fail) => init.signal!.addEventListener('abort', () => fail(init.signal!.reason as Error)))
  await expect(limited(silent, 1)(new Request('http://hotline.test/'))).rejects.toThrow(/time/i)
})
