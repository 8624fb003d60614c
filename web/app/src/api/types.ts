/** Names for the bodies of the API, as openapi.yaml defines them. */
import type { components } from './schema.gen'

type Schemas = components['schemas']

export type Session = Schemas['Session']
export type Role = Schemas['Role']
export type Box = Schemas['Box']
export type Ticket = Schemas['Ticket']
export type TicketState = Schemas['TicketState']
export type Assignment = Schemas['Assignment']
export type AssignmentState = Assignment['state']
export type Explanation = Schemas['Explanation']
export type TicketEvent = Schemas['TicketEvent']
export type LodgeBody = Schemas['Lodge']
export type Command = Schemas['Command']
export type CommandName = Schemas['CommandName']
export type ReplyBody = NonNullable<Command['reply']>
export type Way = Schemas['Way']
export type Pop = Schemas['Pop']
export type Category = Schemas['Categories']['items'][number]
export type Callback = Schemas['Callback']
export type CallbackState = Schemas['CallbackState']
export type CallRow = Schemas['CallRow']
export type Recording = Schemas['Recording']
export type AccessRow = Schemas['AccessPage']['items'][number]
export type LiveView = Schemas['LiveView']
export type LiveEvent = Schemas['LiveEvent']
export type Contact = Schemas['Contact']
