/**
 * What an agent has typed survives a reload in mid-call: drafts are kept for
 * this tab only, a few at most, and dropped when the ticket is lodged.
 */
import type { TicketDraft } from './ticketDraft'

const prefix = 'hotline.draft.'
const maxDrafts = 5

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

interface Kept {
  at: number
  draft: Partial<TicketDraft>
}

export function keepDraft(store: Store, call: string, draft: Partial<TicketDraft>, at: number): void {
  store.setItem(prefix + call, JSON.stringify({ at, draft } satisfies Kept))
  const all = keys(store).map((key) => ({ key, at: read(store, key)?.at ?? 0 }))
  all.sort((a, b) => b.at - a.at)
  for (const { key } of all.slice(maxDrafts)) store.removeItem(key)
}

export function keptDraft(store: Store, call: string): Partial<TicketDraft> | undefined {
  return read(store, prefix + call)?.draft
}

export function dropDraft(store: Store, call: string): void {
  store.removeItem(prefix + call)
}

/** On signing out: what a caller said is nobody else's business. */
export function dropDrafts(store: Store): void {
  for (const key of keys(store)) store.removeItem(key)
}

function keys(store: Store): string[] {
  return Array.from({ length: store.length }, (_, i) => store.key(i)!).filter((key) => key.startsWith(prefix))
}

function read(store: Store, key: string): Kept | undefined {
  const text = store.getItem(key)
  if (text === null) return undefined
  try {
    return JSON.parse(text) as Kept
  } catch {
    return undefined
  }
}
