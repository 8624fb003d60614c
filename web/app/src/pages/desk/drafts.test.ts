import { beforeEach, describe, expect, it } from 'vitest'
import { dropDraft, dropDrafts, keepDraft, keptDraft } from './drafts'

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

  it('are few: the oldest go', () => {
    for (let n = 1; n <= 7; n++) keepDraft(store, `c${n}`, { title: String(n) }, n)
    expect([1, 2, 3, 7].map((n) => keptDraft(store, `c${n}`)?.title)).toEqual([undefined, undefined, '3', '7'])
  })

  it('leave with the person, and nothing else does', () => {
    store.setItem('hotline.shift', 'on')
    keepDraft(store, 'c1', {}, 1)
    dropDrafts(store)
    expect(store.length).toBe(1)
  })

  it('that cannot be read are none', () => {
    store.setItem('hotline.draft.c1', '{')
    expect(keptDraft(store, 'c1')).toBeUndefined()
  })
})
