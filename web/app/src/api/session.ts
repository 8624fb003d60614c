import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { QueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { ApiError, client, keepCsrf, onSignedOut, unwrap } from './client'
import type { Session } from './types'

/**
 * Set while somebody is signed in here. The cookie itself is not readable, and
 * asking the server without one would be an error in the browser's console.
 */
const hintKey = 'hotline.signedIn'

/** Set when the server ended a session, until somebody signs in: the sign-in page says so. */
const endedKey = ['sessionEnded']

/** Who is signed in; null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  staleTime: Infinity,
  queryFn: async (): Promise<Session | null> => {
    if (localStorage.getItem(hintKey) === null) return null
    try {
      return keep(await unwrap(client.GET('/session')))
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error
      localStorage.removeItem(hintKey)
      return null
    }
  },
})

function keep(session: Session): Session {
  localStorage.setItem(hintKey, '1')
  keepCsrf(session.csrf)
  return session
}

export const useSession = () => useQuery(sessionQuery)

export function useSignIn() {
  const queries = useQueryClient()
  const router = useRouter()
  return useMutation({
    mutationFn: async (body: { login: string; password: string }) => keep(await unwrap(client.POST('/session', { body }))),
    onSuccess: async (session) => {
      queries.setQueryData(sessionQuery.queryKey, session)
      queries.removeQueries({ queryKey: endedKey })
      await router.invalidate()
    },
  })
}

export function useSignOut() {
  const queries = useQueryClient()
  const router = useRouter()
  return useMutation({
    mutationFn: () => unwrap(client.DELETE('/session')),
    onSettled: async () => {
      localStorage.removeItem(hintKey)
      queries.clear()
      queries.setQueryData(sessionQuery.queryKey, null)
      await router.invalidate()
    },
  })
}

/** Whether the last session ran out or was ended elsewhere. */
export const useSessionEnded = (): boolean => useQueryClient().getQueryData(endedKey) === true

/** When the server no longer knows the session, forget it here with all that was read in it, and show the sign-in. */
export function watchSession(queries: QueryClient, shown: () => void): void {
  onSignedOut(() => {
    localStorage.removeItem(hintKey)
    queries.clear() // another may sign in next, and must not see what this one might
    queries.setQueryData(endedKey, true)
    queries.setQueryData(sessionQuery.queryKey, null)
    shown()
  })
}
