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

/** An answer that takes longer (ms) will not come: a stopped server or a dead network refuses nothing. */
const answerLimit = 15_000

/** `ask`, given up after `ms`. */
export const limited = (ask: (request: Request, init: RequestInit) => Promise<Response>, ms: number) =>
  (request: Request): Promise<Response> => ask(request, { signal: AbortSignal.timeout(ms) })

export const client = createClient<paths>({ baseUrl: '/api/v1', fetch: limited((request, init) => fetch(request, init), answerLimit) })
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
