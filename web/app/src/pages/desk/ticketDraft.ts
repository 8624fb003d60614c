/** The ticket form's values, and the body they make for POST /tickets. */
import type { LodgeBody, Pop } from '../../api/types'

type Gender = NonNullable<LodgeBody['requester']['gender']>

export interface TicketDraft {
  kind: LodgeBody['kind']
  urgency: LodgeBody['urgency']
  category?: string
  region?: string
  address: string
  title: string
  content: string
  confidential: boolean
  followUpWanted: boolean
  name: string
  gender: Gender
  phone: string
  contact: string
  language: string
}

export type Ending =
  | { type: 'submit' }
  | { type: 'answer'; text: string; told: boolean }
  | { type: 'refuse'; reason: string; rightDoor: string; told: boolean }

/** A half-written ending: what EndingForm shows. */
export interface EndingDraft {
  kind: 'answer' | 'refuse'
  text: string
  rightDoor: string
  told: boolean
}

/** What is kept of a ticket that is not lodged yet; with its key a repeated submission makes no second ticket, even after a reload. */
export interface LodgeDraft {
  key: string
  fields: Partial<TicketDraft>
  ending?: EndingDraft
}

export const emptyDraft: TicketDraft = {
  kind: 'complaint', urgency: 'ordinary', address: '', title: '', content: '', confidential: false, followUpWanted: true,
  name: '', gender: '', phone: '', contact: '', language: 'zh',
}

/**
 * Fills what is already known of the caller (Art. 17: never ask for what is
 * held), without touching what the agent has typed. The phone stays empty: the
 * server takes the number of the call, which this page knows only masked.
 */
export function prefill(draft: TicketDraft, known: Pop['requester']): TicketDraft {
  if (!known) return draft
  return {
    ...draft,
    name: draft.name || known.name || '',
    gender: draft.gender || asGender(known.gender),
    language: draft.language !== emptyDraft.language ? draft.language : known.language || draft.language,
    address: draft.address || known.address || '',
  }
}

/** The form for another ticket: the next matter of the same caller, who is not asked again who he is (Art. 17), or all empty. */
export function nextDraft(draft: TicketDraft, sameCaller: boolean): TicketDraft {
  const empty = { ...emptyDraft, category: undefined, region: undefined }
  if (!sameCaller) return empty
  const { name, gender, language, phone, contact } = draft
  return { ...empty, name, gender, language, phone, contact }
}

/** An Idempotency-Key: 128 random bits in hex. crypto.randomUUID is missing on a page without HTTPS. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

const asGender = (value: string | undefined): Gender => (value === 'male' || value === 'female' ? value : '')

const trimmed = (text: string | undefined) => (text ?? '').trim()

/** The body of POST /tickets; fields left empty are left out. */
export function lodgeBody(draft: TicketDraft, call: string | undefined, ending: Ending): LodgeBody {
  const phone = trimmed(draft.phone).replace(/[\s-]/g, '')
  const contact = trimmed(draft.contact)
  return {
    kind: draft.kind,
    urgency: draft.urgency,
    channel: 'phone',
    category: draft.category ?? '',
    region: draft.region ?? '',
    address: trimmed(draft.address),
    title: trimmed(draft.title),
    content: trimmed(draft.content),
    confidential: draft.confidential,
    followUpWanted: draft.followUpWanted,
    requester: {
      name: trimmed(draft.name),
      ...(draft.gender ? { gender: draft.gender } : {}),
      ...(phone ? { phone } : {}),
      ...(contact ? { contact } : {}),
      ...(draft.language ? { language: draft.language } : {}),
    },
    ...(call ? { call } : {}),
    then: ending,
  }
}
