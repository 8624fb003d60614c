/** Times as people here read them: Beijing time, 2026-11-25 16:05. */

const parts = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Asia/Shanghai',
  year: 'numeric', month: '2-digit', day: '2-digit',
  hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
})

function fields(at: number | string): Record<string, string> {
  const date = new Date(at)
  if (Number.isNaN(date.getTime())) return {}
  return Object.fromEntries(parts.formatToParts(date).map((part) => [part.type, part.value]))
}

/** "2026-11-25 16:05", empty for no or an unreadable time. */
export function dateTime(at: string | number | undefined | null): string {
  if (at === undefined || at === null || at === '') return ''
  const f = fields(at)
  return f.year ? `${f.year}-${f.month}-${f.day} ${f.hour}:${f.minute}` : ''
}

/** "16:05:09" */
export function timeOfDay(at: string | number): string {
  const f = fields(at)
  return f.hour ? `${f.hour}:${f.minute}:${f.second}` : ''
}

/** The day that it is for people here: "2026-11-25". */
export const beijingDate = (now: number): string => dateTime(now).slice(0, 10)

/** The first and the last moment of a day as people here count it, in UTC; nothing for no day. */
export function beijingDay(day: string | undefined): { from: string; to: string } | undefined {
  if (!day) return undefined
  const from = Date.parse(`${day}T00:00:00+08:00`) // no summer time since 1992: each day has 24 hours
  return { from: new Date(from).toISOString(), to: new Date(from + 86_400_000 - 1).toISOString() }
}

/** A length of time: "0:07", "12:30", "1:02:03"; below zero counts as zero. */
export function duration(ms: number): string {
  const all = Math.max(0, Math.floor(ms / 1000))
  const seconds = String(all % 60).padStart(2, '0')
  const minutes = Math.floor(all / 60) % 60
  const hours = Math.floor(all / 3600)
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`
}

/** Parts of the time left until due, or gone since: { overdue, days, hours, minutes }. */
export function remaining(due: string | number, now: number): { overdue: boolean; days: number; hours: number; minutes: number } {
  const left = new Date(due).getTime() - now
  const minutes = Math.floor(Math.abs(left) / 60_000)
  return { overdue: left < 0, days: Math.floor(minutes / 1440), hours: Math.floor(minutes / 60) % 24, minutes: minutes % 60 }
}
