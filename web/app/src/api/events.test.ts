import { QueryClient } from '@tanstack/react-query'
import { expect, it } from 'vitest'
import { apply, liveKey } from './events'

const stale = (queries: QueryClient, key: unknown[]) => queries.getQueryState(key)?.isInvalidated

it('reads again only what a live event is about', () => {
  const queries = new QueryClient()
  const keys = [['tickets', { box: 'all' }], ['ticket', 'n1'], ['ticket', 'n2'], ['callbacks', 'open'], ['categories']]
  for (const key of keys) queries.setQueryData(key, {})
  apply(queries, '{"type":"ticket","number":"n1","state":"closed","agencies":[]}')
  expect(keys.map((key) => stale(queries, key))).toEqual([true, true, false, false, false])
  apply(queries, '{"type":"callback"}')
  expect(stale(queries, ['callbacks', 'open'])).toBe(true)
})

it('shows the live picture as it was pushed, and passes over what it cannot read', () => {
  const queries = new QueryClient()
  apply(queries, '{"type":"live","at":"2026-11-25T08:00:00Z","waiting":[]}')
  for (const text of ['', '{', '{"type":"news"}']) apply(queries, text)
  expect(queries.getQueryData(liveKey)).toMatchObject({ at: '2026-11-25T08:00:00Z' })
})
