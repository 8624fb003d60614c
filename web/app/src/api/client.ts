/** The typed client of /api/v1, made from web/openapi.yaml (npm run generate). */
import createClient from 'openapi-fetch'
import type { Middleware } from 'openapi-fetch'
import type { paths } from './schema.gen'

/** A refusal of the server: a code to act on and a sentence to show. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields?: Record<string, string>,
  ) {
    super(message)
    this.name = 'ApiError'
  }
}

let csrf = ''
let signedOut: () => void = () => undefined

/** The token that every change must carry; given with the session. */
export function keepCsrf(token: string): void {
  csrf = token
}

/** Called when the server no longer knows the session. */
export function onSignedOut(listener: () => void): void {
  signedOut = listener
}

const guard: Middleware = {
  onRequest({ request }) {
    if (request.method !== 'GET' && csrf) request.headers.set('X-CSRF-Token', csrf)
  },
  onResponse({ response, schemaPath }) {
    if (response.status === 401 && schemaPath !== '/session') signedOut()
  },
}

export const client = createClient<paths>({ baseUrl: '/api/v1' })
client.use(guard)

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** The body of a good answer; throws ApiError for a refusal. */
export async function unwrap<T>(asked: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await asked
  if (response.ok) return data as T
  const body = (typeof error === 'object' && error !== null ? error : {}) as { code?: string; message?: string; fields?: Record<string, string> }
  throw new ApiError(response.status, body.code ?? `http-${response.status}`, body.message ?? '', body.fields)
}
