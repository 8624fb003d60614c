import { describe, expect, it } from 'vitest'
import { emptyDraft, lodgeBody, prefill } from './ticketDraft'

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
