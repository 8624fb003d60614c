import { dateTime } from '../../components/time'

/** "2026-11-25T16:05" in Beijing, as a field for date and time has it. */
export const toField = (at: string | number): string => dateTime(at).replace(' ', 'T')

/** The moment that such a field names, RFC 3339 in UTC. */
export const fromField = (text: string): string => new Date(`${text}:00+08:00`).toISOString()

export const hour = 3_600_000
export const day = 24 * hour
