import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { client, unwrap } from './client'
import type { Box, Command, CommandName, LodgeBody, Ticket, TicketState } from './types'

export interface TicketFilter {
  box: Box
  q?: string
  state?: TicketState
  overdue?: boolean
}

const pageSize = 50

export const useTickets = (filter: TicketFilter) =>
  useInfiniteQuery({
    queryKey: ['tickets', filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => unwrap(client.GET('/tickets', { params: { query: { ...filter, after: pageParam, limit: pageSize } } })),
    getNextPageParam: (page) => page.next,
  })

export const useTicket = (number: string) =>
  useQuery({
    queryKey: ['ticket', number],
    queryFn: () => unwrap(client.GET('/tickets/{number}', { params: { path: { number } } })),
  })

/** `version` is part of the key: a changed ticket has new events. */
export const useTicketEvents = (number: string, version: number) =>
  useQuery({
    queryKey: ['ticket', number, 'events', version],
    queryFn: async () => (await unwrap(client.GET('/tickets/{number}/events', { params: { path: { number } } }))).items,
  })

/** The requester with the whole number: a mutation, because each reading is logged. */
export const useRevealed = (number: string) =>
  useMutation({
    mutationFn: () => unwrap(client.GET('/tickets/{number}/requester', { params: { path: { number } } })),
  })

/** Lodges a ticket; the key makes a repeated submission harmless. */
export function useLodge() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ key, body }: { key: string; body: LodgeBody }) =>
      unwrap(client.POST('/tickets', { params: { header: { 'Idempotency-Key': key } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['tickets'] }),
  })
}

/** A command and its fields; which ones it has is said in openapi.yaml. */
export interface CommandCall {
  name: CommandName
  body: Omit<Command, 'version'>
}

/** Runs commands one after the other on the version of the ticket that is on screen; the server refuses them on a newer one. */
export function useCommand(ticket: Ticket) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async (calls: CommandCall[]) => {
      let version = ticket.version
      for (const { name, body } of calls) {
        const changed = await unwrap(
          client.POST('/tickets/{number}/{command}', {
            params: { path: { number: ticket.number, command: name } },
            body: { version, ...body },
          }),
        )
        version = changed.version
        queries.setQueryData(['ticket', ticket.number], changed)
      }
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['tickets'] }),
  })
}
