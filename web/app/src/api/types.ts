/** The bodies of the API as the pages use them. */
import type { AgentState, AgentStatus, CallKind, CallState, Desk } from '../softphone/protocol'
import type { Role } from '../app/roles'
export interface Session { account: { id: string; login: string; name: string; role: Role; agency?: string; agencyName?: string; languages: string[] }; csrf: string }
export interface Explanation { from: string; limit: { value: number; unit: 'workingDays' | 'hours'; rule: string }; steps: { code: string; date: string; note?: string; n?: number }[]; due: string }
export interface ReplyBody { true: boolean; solved: boolean; whyNot?: string; contacted: boolean; done: string; publicText: string }
export interface Assignment { id: string; agency: string; agencyName: string; lead: boolean; state: string; opinion?: string; dispatchedAt: string; signBy: string; signedAt?: string; due: string; why: Explanation; repliedAt?: string; reply?: ReplyBody & { by: string }; overdueAt?: string }
export interface Ticket {
  number: string; version: number; state: string; kind: string; urgency: string; category: string; categoryPath: string[]; region: string; address: string; title: string; content: string
  confidential: boolean; followUpWanted: boolean; requester?: { name: string; gender?: string; phone: string }; call?: string; lodgedAt: string; assignments: Assignment[]; answer?: string
  told?: { way: string; at: string; by: string }; solved?: boolean; finalRating: number; flags: { overdue: boolean; notReached: boolean; unreachable: boolean; overseen: boolean }; commands: string[]
}
export type TicketRow = Ticket
export interface LodgeBody { requester: object; [key: string]: unknown }
export interface Pop { call: string; number: string; earlierCalls: { call: string; startedAt: string; reason: string; talkMs: number }[]; openTickets: { number: string; title: string; state: string; category: string; lodgedAt: string; due?: string }[]; requester?: { name?: string; gender?: string; language?: string; address?: string } }
export interface Category { code: string; name: string }
export interface Callback { id: string; number: string; reason: string; createdAt: string; state: string; claimedBy?: string; claimedByName?: string; note?: string }
export interface CallRow { call: string; number: string; kind: string; startedAt: string; agentName?: string; waitMs: number; talkMs: number; reason: string }
export interface AccessRow { id: number; at: string; actor: string; action: string; subject: string }
export interface LiveView {
  at: string
  waiting: { call: string; queue: string; number: string; since: string; state: CallState }[]
  talking: { call: string; kind: CallKind; agent: string; number: string; state: CallState; since: string }[]
  agents: Desk[]
  today: { offered: number; answered: number; abandoned: number; shortAbandoned: number; serviceLevel: { formula: string; value: number }; asaMs: number }
  tickets: { byState: Record<string, number>; overdue: number; toTell: number }
}
export interface Page<T> { items: T[]; next?: string }
export interface CallRecord extends CallRow { recordings: { segment: number; startedAt: string; ms: number; complete: boolean }[]; tickets: string[] }
export interface Peaks { left: number[]; right: number[]; ms: number }
export interface Agency { code: string; name: string }
export type Region = Agency
export interface AgentRow { id: string; login: string; name: string; status: AgentStatus; state: AgentState; breakReason?: string }
export interface Deadline { due: string; why: Explanation }
export interface Proposal { agency: string; name: string; reason: string }
export interface Queue { id: string; name: string }
export interface Settings { languages: string[]; breakReasons: string[]; demo: boolean; pingSeconds: number }
export interface Requester { name: string; phone: string; contact?: string }
export interface TicketEvent { seq: number; at: string; actor: string; type: string; data: unknown; hash: string }
