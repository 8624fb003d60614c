/** Data that changes rarely: settings, categories, agencies, queues, and what is computed from them. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { client, unwrap } from './client'
import type { AccessRow, Agency, AgentRow, Category, Deadline, Page, Proposal, Queue, Region, Settings } from './types'

const long = 30 * 60_000

export const useSettings = () =>
  useQuery({ queryKey: ['settings'], staleTime: long, queryFn: () => unwrap<Settings>(client.GET('/settings', {})) })

export const useCategories = () =>
  useQuery({ queryKey: ['categories'], staleTime: long, queryFn: async () => (await unwrap<Page<Category>>(client.GET('/categories', {}))).items })

export const useAgencies = () =>
  useQuery({ queryKey: ['agencies'], staleTime: long, queryFn: async () => (await unwrap<Page<Agency>>(client.GET('/agencies', {}))).items })

export const useQueues = () =>
  useQuery({ queryKey: ['queues'], staleTime: long, queryFn: async () => (await unwrap<Page<Queue>>(client.GET('/queues', {}))).items })

/** Agents and what they do now; read anew while `watching`. */
export const useAgents = (watching: boolean) =>
  useQuery({
    queryKey: ['agents'],
    enabled: watching,
    staleTime: 0,
    refetchInterval: 2000,
    queryFn: async () => (await unwrap<Page<AgentRow>>(client.GET('/agents', {}))).items,
  })

export const useCatalogue = (category: string, region: string) =>
  useQuery({
    queryKey: ['catalogue', category, region],
    staleTime: long,
    queryFn: async () => (await unwrap<Page<Proposal>>(client.GET('/catalogue', { params: { query: { category, region: region || undefined } } }))).items,
  })

export interface DeadlineFor {
  kind: string
  urgency: string
  category: string
  region?: string
}

export const useDeadline = (what: DeadlineFor | undefined) =>
  useQuery({
    queryKey: ['deadline', what],
    enabled: what !== undefined,
    staleTime: 60_000,
    queryFn: () => unwrap<Deadline>(client.GET('/deadline', { params: { query: what as never } })),
  })

export const useAccessLog = () =>
  useInfiniteQuery({
    queryKey: ['access-log'],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => unwrap<Page<AccessRow>>(client.GET('/access-log', { params: { query: { after: pageParam, limit: 100 } } })),
    getNextPageParam: (page) => page.next,
  })

export const useRegions = () =>
  useQuery({ queryKey: ['regions'], staleTime: long, queryFn: async () => (await unwrap<Page<Region>>(client.GET('/regions', {}))).items })
