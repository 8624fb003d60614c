/**
 * Live events, GET /api/v1/events: a message says that something changed, and
 * what is on screen of it is read again. After a gap everything is.
 */
import { useQueryClient } from '@tanstack/react-query'
import type { QueryClient } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import { client } from './client'
import type { LiveEvent } from './types'

export const liveKey = ['live']
const retryAfter = 2000

let connected = false
const watchers = new Set<() => void>()

function setConnected(value: boolean): void {
  if (connected === value) return
  connected = value
  watchers.forEach((watcher) => watcher())
}

/** Whether live events arrive now. */
export const useConnected = (): boolean =>
  useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => connected,
  )

export function apply(queries: QueryClient, text: string): void {
  let event: LiveEvent
  try {
    event = JSON.parse(text) as LiveEvent
  } catch {
    return
  }
  switch (event.type) {
    case 'live':
      queries.setQueryData(liveKey, event)
      return
    case 'ticket':
      void queries.invalidateQueries({ queryKey: ['tickets'] })
      void queries.invalidateQueries({ queryKey: ['ticket', event.number] })
      return
    case 'callback':
      void queries.invalidateQueries({ queryKey: ['callbacks'] })
      return
    case 'emergency':
      void queries.invalidateQueries({ queryKey: ['emergency'] })
  }
}

/** Keeps the socket of live events open while somebody is signed in. */
export function useLiveEvents(): void {
  const queries = useQueryClient()
  useEffect(() => {
    let socket: WebSocket | undefined
    let retry: ReturnType<typeof setTimeout> | undefined
    let first = true
    let opened = false
    const connect = () => {
      const url = new URL('/api/v1/events', window.location.href)
      url.protocol = url.protocol.replace('http', 'ws')
      opened = false
      socket = new WebSocket(url)
      socket.onopen = () => {
        opened = true
        setConnected(true)
        if (!first) for (const key of ['tickets', 'ticket', 'callbacks', 'emergency']) void queries.invalidateQueries({ queryKey: [key] })
        first = false
      }
      socket.onmessage = (event) => apply(queries, String(event.data))
      socket.onclose = () => {
        setConnected(false)
        // A socket says not why it was refused; any other question does, if the session has ended.
        if (!opened) void client.GET('/settings').catch(() => undefined)
        retry = setTimeout(connect, retryAfter)
      }
    }
    connect()
    return () => {
      clearTimeout(retry)
      if (socket) {
        socket.onclose = null
        socket.close()
      }
      setConnected(false)
    }
  }, [queries])
}
