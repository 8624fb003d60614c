/** What each role finds in the menu, and where it lands after signing in. The server decides what it may read. */
import type { Box, Role } from '../api/types'

export interface MenuEntry {
  /** Key in the catalogues, under "menu". */
  key: string
  to: string
  box?: Box
}

const desk: MenuEntry = { key: 'desk', to: '/desk' }
const callbacks: MenuEntry = { key: 'callbacks', to: '/callbacks' }
const outbound: MenuEntry = { key: 'outbound', to: '/outbound' }
const calls: MenuEntry = { key: 'calls', to: '/calls' }
const live: MenuEntry = { key: 'live', to: '/live' }
const reports: MenuEntry = { key: 'reports', to: '/reports' }
const badRatings: MenuEntry = { key: 'badRatings', to: '/bad-ratings' }
const webhooks: MenuEntry = { key: 'webhooks', to: '/webhooks' }
const accessLog: MenuEntry = { key: 'accessLog', to: '/access-log' }
const routing: MenuEntry = { key: 'routing', to: '/routing' }
const emergency: MenuEntry = { key: 'emergency', to: '/emergency' }
const marks: MenuEntry = { key: 'marks', to: '/marks' }
const directory: MenuEntry = { key: 'directory', to: '/directory' }
const box = (name: Box): MenuEntry => ({ key: `box.${name}`, to: '/tickets', box: name })

const menus: Record<Role, MenuEntry[]> = {
  agent: [desk, box('mine'), callbacks, outbound, calls],
  dispatcher: [box('toDispatch'), box('all')],
  agency: [box('toSign'), box('inHandling'), box('done')],
  followUp: [box('followUp')],
  supervisor: [live, desk, box('all'), callbacks, outbound, calls, badRatings, reports, routing, emergency, marks, directory],
  reviewer: [box('all'), calls, accessLog],
  admin: [live, box('all'), calls, reports, routing, emergency, marks, directory, webhooks, accessLog],
}

export const menuOf = (role: Role): MenuEntry[] => menus[role] ?? []

/** The first entry of the menu is the role's home. */
export const homeOf = (role: Role): MenuEntry => menuOf(role)[0] ?? box('all')

/** Roles that may take and place calls. */
export const hasPhone = (role: Role): boolean => role === 'agent' || role === 'supervisor'

/** Roles that may hear recordings, as the paths of openapi.yaml say. */
export const mayListen = (role: Role): boolean => hasPhone(role) || role === 'reviewer'

/** Roles that may hold recordings back from being purged (/calls/{call}/hold of openapi.yaml). */
export const mayHold = (role: Role): boolean => role === 'supervisor' || role === 'admin'

/** Roles whose work needs a caller's whole number (/tickets/{number}/requester of openapi.yaml). */
export const mayReveal = (role: Role): boolean => role !== 'reviewer' && role !== 'admin'

/** Roles that say how calls are routed. */
export const mayRoute = (role: Role): boolean => role === 'supervisor' || role === 'admin'

/** What the page of routing shows, one at a time. */
export const routingParts = ['queues', 'skills', 'agents', 'languages'] as const
export type RoutingPart = (typeof routingParts)[number]

export const boxes: Box[] = ['mine', 'toDispatch', 'toSign', 'inHandling', 'done', 'followUp', 'all']
