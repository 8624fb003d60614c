import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { client, unwrap } from './client'
import type { ReportStep } from './types'

export interface ReportFilter {
  from: string
  to: string
  step: ReportStep
  queue?: string
}

export const useIntervals = (query: ReportFilter) =>
  useQuery({
    queryKey: ['reports', query],
    placeholderData: keepPreviousData,
    queryFn: () => unwrap(client.GET('/reports/intervals', { params: { query } })),
  })

/** Where the same figures are as a table. */
export const tableOf = (query: ReportFilter) =>
  `/api/v1/reports/intervals.csv?${new URLSearchParams(Object.entries(query).filter(([, value]) => value !== undefined))}`

export const useAgentDays = (day: string) =>
  useQuery({ queryKey: ['reports', 'agents', day], queryFn: async () => (await unwrap(client.GET('/reports/agents', { params: { query: { day } } }))).items })

export const useTimeline = (agent: string, day: string) =>
  useQuery({
    queryKey: ['reports', 'timeline', agent, day],
    queryFn: async () => (await unwrap(client.GET('/reports/agents/{agent}/timeline', { params: { path: { agent }, query: { day } } }))).items,
  })

/** Queues by id, for those who may see how calls are routed. */
export const useQueueNames = () =>
  useQuery({ queryKey: ['routing', 'queues'], queryFn: async () => (await unwrap(client.GET('/routing/queues'))).items })
