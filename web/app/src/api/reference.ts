/** Data that changes rarely: settings, categories, agencies, queues, and what is computed from them. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { client, unwrap } from './client'
import type { operations } from './schema.gen'

const long = 30 * 60_000

export const useSettings = () =>
  useQuery({ queryKey: ['settings'], staleTime: long, queryFn: () => unwrap(client.GET('/settings')) })

export const useCategories = () =>
  useQuery({ queryKey: ['categories'], staleTime: long, queryFn: async () => (await unwrap(client.GET('/categories'))).items })

export const useAgencies = () =>
  useQuery({ queryKey: ['agencies'], staleTime: long, queryFn: async () => (await unwrap(client.GET('/agencies'))).items })

export const useQueues = () =>
  useQuery({ queryKey: ['queues'], staleTime: long, queryFn: async () => (await unwrap(client.GET('/queues'))).items })

/** Agents and what they do now; read anew while `watching`. */
export const useAgents = (watching: boolean) =>
  useQuery({
    queryKey: ['agents'],
    enabled: watching,
    staleTime: 0,
    refetchInterval: 2000,
    queryFn: async () => (await unwrap(client.GET('/agents'))).items,
  })

/** Outside numbers by name: expert seats, other places' 12345. */
export const useDirectory = (watching: boolean) =>
  useQuery({
    queryKey: ['directory'],
    enabled: watching,
    staleTime: 60_000,
    queryFn: async () => (await unwrap(client.GET('/directory'))).items,
  })

export const useCatalogue = (category: string, region: string) =>
  useQuery({
    queryKey: ['catalogue', category, region],
    staleTime: long,
    queryFn: async () => (await unwrap(client.GET('/catalogue', { params: { query: { category, region: region || undefined } } }))).items,
  })

export type DeadlineFor = operations['getDeadline']['parameters']['query']

export const useDeadline = (what: DeadlineFor | undefined) =>
  useQuery({
    queryKey: ['deadline', what],
    enabled: what !== undefined,
    staleTime: 60_000,
    queryFn: () => unwrap(client.GET('/deadline', { params: { query: what! } })),
  })

export const useAccessLog = () =>
  useInfiniteQuery({
    queryKey: ['access-log'],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => unwrap(client.GET('/access-log', { params: { query: { after: pageParam, limit: 100 } } })),
    getNextPageParam: (page) => page.next,
  })

export const useRegions = () =>
  useQuery({ queryKey: ['regions'], staleTime: long, queryFn: async () => (await unwrap(client.GET('/regions'))).items })
