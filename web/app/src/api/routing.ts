/** How calls are routed: queues, skills, who serves what, keys of languages, the directory. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { QueryClient } from '@tanstack/react-query'
import { ApiError, client, unwrap } from './client'
import type { Ability, DirectoryEntry, LanguageKey, RoutingQueue, SkillName } from './types'

/** `from` is what the change was made of, nothing for something new; `anyway`: over what another has written meanwhile, too. */
export interface Change<T> {
  from: T | undefined
  to: T
  anyway: boolean
}

/**
 * The API keeps no versions: before a change is sent, what it was made of is read again,
 * so that of two people who change the same the second is told. Refuses with
 * "changed-meanwhile", or with "id-taken" for something new that is there already.
 */
export async function unlessChanged<T>(change: Change<T>, read: () => Promise<T | undefined>): Promise<void> {
  if (change.anyway) return
  const now = await read()
  if (JSON.stringify(now) === JSON.stringify(change.from)) return
  throw new ApiError(409, change.from === undefined ? 'id-taken' : 'changed-meanwhile', '')
}

const readQueues = async () => (await unwrap(client.GET('/routing/queues'))).items
const readSkills = async () => (await unwrap(client.GET('/routing/skills'))).items
const readAbilities = async () => (await unwrap(client.GET('/routing/agents'))).items
const readLanguageKeys = async () => (await unwrap(client.GET('/routing/languages'))).items
const readDirectory = async () => (await unwrap(client.GET('/routing/directory'))).items

const key = (what: string) => ['routing', what]

// Who opens an editor begins with what is there now, not with what was there when he looked last.
export const useRoutingQueues = () => useQuery({ queryKey: key('queues'), staleTime: 0, queryFn: readQueues })
export const useSkills = () => useQuery({ queryKey: key('skills'), staleTime: 0, queryFn: readSkills })
export const useAbilities = () => useQuery({ queryKey: key('agents'), staleTime: 0, queryFn: readAbilities })
export const useLanguageKeys = () => useQuery({ queryKey: key('languages'), staleTime: 0, queryFn: readLanguageKeys })
export const useDirectoryEntries = () => useQuery({ queryKey: key('directory'), staleTime: 0, queryFn: readDirectory })

/** Sends with what is shown of routing read anew after it: each part names the others. */
function useSend<In>(send: (given: In) => Promise<unknown>, also: string[] = []): (given: In) => Promise<void> {
  const queries = useQueryClient()
  return async (given) => {
    try {
      await send(given)
    } finally {
      await readAnew(queries, [...also, 'routing'])
    }
  }
}

const readAnew = (queries: QueryClient, keys: string[]) => Promise.all(keys.map((one) => queries.invalidateQueries({ queryKey: [one] })))

export const useSaveQueue = () =>
  useSend(async (change: Change<RoutingQueue>) => {
    const { id } = change.to
    await unlessChanged(change, async () => (await readQueues()).find((one) => one.id === id))
    await unwrap(client.PUT('/routing/queues/{id}', { params: { path: { id } }, body: change.to }))
  }, ['queues'])

export const useRemoveQueue = () => useSend((id: string) => unwrap(client.DELETE('/routing/queues/{id}', { params: { path: { id } } })), ['queues'])

export const useSaveSkills = () =>
  useSend(async (change: Change<SkillName[]>) => {
    await unlessChanged(change, readSkills)
    await unwrap(client.PUT('/routing/skills', { body: { items: change.to } }))
  })

export const useSaveLanguageKeys = () =>
  useSend(async (change: Change<LanguageKey[]>) => {
    await unlessChanged(change, readLanguageKeys)
    await unwrap(client.PUT('/routing/languages', { body: { items: change.to } }))
  })

export const useSaveAbility = () =>
  useSend(async (change: Change<Ability>) => {
    const { account, queues, skills, surge } = change.to
    await unlessChanged(change, async () => (await readAbilities()).find((one) => one.account === account))
    await unwrap(client.PUT('/routing/agents/{account}', { params: { path: { account } }, body: { queues, skills, surge } }))
  })

export const useSaveDirectoryEntry = () =>
  useSend(async (change: Change<DirectoryEntry>) => {
    const { id } = change.to
    await unlessChanged(change, async () => (await readDirectory()).find((one) => one.id === id))
    await unwrap(client.PUT('/routing/directory/{id}', { params: { path: { id } }, body: change.to }))
  }, ['directory'])

export const useRemoveDirectoryEntry = () => useSend((id: string) => unwrap(client.DELETE('/routing/directory/{id}', { params: { path: { id } } })), ['directory'])
