import { beforeEach, describe, expect, it } from 'vitest'
import { draftPlace, dropDraft, dropDrafts, keepDraft, keepShown, keptDraft, keptShown } from './drafts'

class Memory {
  private readonly map = new Map<string, string>()
  get length() {
    return this.map.size
  }
  key = (i: number) => [...this.map.keys()][i] ?? null
  getItem = (key: string) => this.map.get(key) ?? null
  setItem = (key: string, value: string) => void this.map.set(key, value)
  removeItem = (key: string) => void this.map.delete(key)
}

let store: Memory
beforeEach(() => (store = new Memory()))

describe('drafts', () => {
  it('come back for the same call, until dropped', () => {
    keepDraft(store, 'c1', { title: '路灯' }, 1)
    expect(keptDraft(store, 'c1')).toEqual({ title: '路灯' })
    expect(keptDraft(store, 'c2')).toBeUndefined()
    dropDraft(store, 'c1')
    expect(keptDraft(store, 'c1')).toBeUndefined()
  })

  it('are of one person: who signs in after him finds none', () => {
    keepDraft(store, draftPlace('a1', 'none'), { title: '路灯' }, 1)
    expect(keptDraft(store, draftPlace('a2', 'none'))).toBeUndefined()
    expect(keptDraft(store, draftPlace('a1', 'none'))).toEqual({ title: '路灯' })
  })

  it('are few: the oldest go', () => {
    for (let n = 1; n <= 7; n++) keepDraft(store, `c${n}`, { title: String(n) }, n)
    expect([1, 2, 3, 7].map((n) => keptDraft<{ title: string }>(store, `c${n}`)?.title)).toEqual([undefined, undefined, '3', '7'])
  })

  it('leave with the person, and nothing else does', () => {
    store.setItem('hotline.shift', 'on')
    keepDraft(store, 'c1', {}, 1)
    dropDrafts(store)
    expect(store.length).toBe(1)
  })

  it('come with the call that is on the desk, for its own agent and until he leaves', () => {
    const shown = { owner: 'a1', call: 'c1', number: '138****1000' }
    expect(keptShown(store, 'a1')).toBeUndefined()
    keepShown(store, shown)
    expect(keptShown(store, 'a1')).toEqual(shown)
    expect(keptShown(store, 'a2')).toBeUndefined()
    dropDrafts(store)
    expect(keptShown(store, 'a1')).toBeUndefined()
  })

  it('that cannot be read are none', () => {
    store.setItem('hotline.draft.c1', '{')
    expect(keptDraft(store, 'c1')).toBeUndefined()
  })
})
