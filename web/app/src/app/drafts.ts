/**
 * What a person has typed survives a reload, an error and a session that ran
 * out: drafts are kept for this tab only, a few at most, each at a place that
 * draftPlace names, and dropped when they were sent.
 */
const prefix = 'hotline.draft.'
const shownKey = 'hotline.shownCall'
const maxDrafts = 5

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

interface Kept {
  at: number
  draft: unknown
}

/** The place of a draft: of that person (an account id) only, since after a session ran out another may sign in. */
export const draftPlace = (owner: string, what: string): string => `${owner}.${what}`

export function keepDraft(store: Store, place: string, draft: object, at: number): void {
  store.setItem(prefix + place, JSON.stringify({ at, draft } satisfies Kept))
  const all = keys(store).map((key) => ({ key, at: read(store, key)?.at ?? 0 }))
  all.sort((a, b) => b.at - a.at)
  for (const { key } of all.slice(maxDrafts)) store.removeItem(key)
}

/** What keepDraft was given; the caller says of which shape. */
export function keptDraft<T extends object>(store: Store, place: string): T | undefined {
  return read(store, prefix + place)?.draft as T | undefined
}

/** The call whose ticket is on the desk, until it is lodged or cleared: its draft is found again from another page and after a reload. */
export interface ShownCall {
  owner: string
  call: string
  number: string
}

export const keepShown = (store: Store, shown: ShownCall): void => store.setItem(shownKey, JSON.stringify(shown))

export const dropShown = (store: Store): void => store.removeItem(shownKey)

/** Of another person there is none. */
export function keptShown(store: Store, owner: string): ShownCall | undefined {
  const kept = parsed(store.getItem(shownKey)) as ShownCall | undefined
  return kept?.owner === owner ? kept : undefined
}

export function dropDraft(store: Store, place: string): void {
  store.removeItem(prefix + place)
}

/** On signing out: what a caller said is nobody else's business. */
export function dropDrafts(store: Store): void {
  for (const key of keys(store)) store.removeItem(key)
  dropShown(store)
}

function keys(store: Store): string[] {
  return Array.from({ length: store.length }, (_, i) => store.key(i)!).filter((key) => key.startsWith(prefix))
}

function read(store: Store, key: string): Kept | undefined {
  return parsed(store.getItem(key)) as Kept | undefined
}

function parsed(text: string | null): unknown {
  if (text === null) return undefined
  try {
    return JSON.parse(text) ?? undefined
  } catch {
    return undefined
  }
}
