import { describe, expect, it } from 'vitest'
import { emptyDraft, lodgeBody, newKey, nextDraft, prefill } from './ticketDraft'

describe('prefill', () => {
  const known = { name: '王先生', gender: 'male', language: 'ug', address: '幸福路 12 号' }

  it('takes what is known of the caller', () => {
    expect(prefill(emptyDraft, known)).toMatchObject({ name: '王先生', gender: 'male', language: 'ug', address: '幸福路 12 号', phone: '' })
  })

  it('never overwrites what was typed', () => {
    const typed = { ...emptyDraft, name: '李女士', address: '人民路 1 号' }
    expect(prefill(typed, known)).toMatchObject({ name: '李女士', address: '人民路 1 号' })
    expect(prefill(typed, undefined)).toBe(typed)
  })
})

describe('nextDraft', () => {
  const sent = { ...emptyDraft, category: '010301', region: '65', title: '路灯不亮', content: '三盏', address: '幸福路', name: '王', gender: 'male' as const, phone: '13800001000', language: 'ug' }

  it('keeps who the caller is for his next matter, and nothing of the last one', () => {
    expect(nextDraft(sent, true)).toEqual({ ...emptyDraft, category: undefined, region: undefined, name: '王', gender: 'male', phone: '13800001000', language: 'ug' })
  })

  it('keeps nothing where there is no caller', () => {
    expect(nextDraft(sent, false)).toEqual({ ...emptyDraft, category: undefined, region: undefined })
  })
})

it('newKey is new each time', () => {
  expect(newKey()).toMatch(/^[0-9a-f]{32}$/)
  expect(newKey()).not.toBe(newKey())
})

describe('lodgeBody', () => {
  const draft = { ...emptyDraft, category: '010301', title: ' 路灯不亮 ', content: '三盏', name: '王', phone: '' }

  it('leaves the phone out: the server takes that of the call', () => {
    const body = lodgeBody(draft, 'c1', { type: 'submit' })
    expect(body).toMatchObject({ title: '路灯不亮', call: 'c1', then: { type: 'submit' }, channel: 'phone' })
    expect(body.requester).toEqual({ name: '王', language: 'zh' })
  })

  it('sends a phone that was asked for, as digits', () => {
    expect(lodgeBody({ ...draft, phone: '138 0000-1000' }, undefined, { type: 'submit' }).requester).toMatchObject({ phone: '13800001000' })
    expect('call' in lodgeBody(draft, undefined, { type: 'submit' })).toBe(false)
  })
})
