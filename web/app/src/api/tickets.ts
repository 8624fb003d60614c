import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Box } from '../app/roles'
import { client, unwrap } from './client'
import type { LodgeBody, Page, ReplyBody, Requester, Ticket, TicketEvent, TicketRow } from './types'

export interface TicketFilter {
  box: Box
  q?: string
  state?: string
  overdue?: boolean
}

const pageSize = 50

export const useTickets = (filter: TicketFilter) =>
  useInfiniteQuery({
    queryKey: ['tickets', filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => unwrap<Page<TicketRow>>(client.GET('/tickets', { params: { query: { ...filter, after: pageParam, limit: pageSize } as never } })),
    getNextPageParam: (page) => page.next,
  })

export const useTicket = (number: string) =>
  useQuery({
    queryKey: ['ticket', number],
    queryFn: () => unwrap<Ticket>(client.GET('/tickets/{number}', { params: { path: { number } } })),
  })

/** `version` is part of the key: a changed ticket has new events. */
export const useTicketEvents = (number: string, version: number) =>
  useQuery({
    queryKey: ['ticket', number, 'events', version],
    queryFn: async () => (await unwrap<Page<TicketEvent>>(client.GET('/tickets/{number}/events', { params: { path: { number } } }))).items,
  })

/** The requester with the whole number: a mutation, because each reading is logged. */
export const useRevealed = (number: string) =>
  useMutation({
    mutationFn: () => unwrap<Requester>(client.GET('/tickets/{number}/requester', { params: { path: { number } } })),
  })

/** Lodges a ticket; the key makes a repeated submission harmless. */
export function useLodge() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ key, body }: { key: string; body: LodgeBody }) =>
      unwrap<Ticket>(client.POST('/tickets', { params: { header: { 'Idempotency-Key': key } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['tickets'] }),
  })
}

export type CommandCall =
  | { name: 'submit'; body: object }
  | { name: 'answer'; body: { text: string; told: boolean } }
  | { name: 'refuse'; body: { reason: string; rightDoor: string; told: boolean } }
  | { name: 'dispatch'; body: { agency: string; opinion: string } }
  | { name: 'sign'; body: { assignment: string } }
  | { name: 'reply'; body: { assignment: string; reply: ReplyBody } }
  | { name: 'approve'; body: { assignment: string } }
  | { name: 'reject'; body: { assignment: string; reason: string } }
  | { name: 'told'; body: { way: string } }
  | { name: 'followUp'; body: { solved: boolean; rating: number } }
  | { name: 'close'; body: { reason: string } }

/** Runs commands one after the other on the version of the ticket that is on screen; the server refuses them on a newer one. */
export function useCommand(ticket: Ticket) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async (calls: CommandCall[]) => {
      let version = ticket.version
      for (const { name, body } of calls) {
        const changed = await unwrap<Ticket>(
          client.POST('/tickets/{number}/{command}', {
            params: { path: { number: ticket.number, command: name } },
            body: { version, ...body } as never,
          }),
        )
        version = changed.version
        queries.setQueryData(['ticket', ticket.number], changed)
      }
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['tickets'] }),
  })
}
