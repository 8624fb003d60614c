import { describe, expect, it } from 'vitest'
import { beijingDate, beijingDay, dateTime, duration, remaining, timeOfDay } from './time'

describe('times', () => {
  it('are shown in Beijing time whatever zone the computer is in', () => {
    expect(dateTime('2026-11-25T16:05:09Z')).toBe('2026-11-26 00:05')
    expect(timeOfDay('2026-11-25T16:05:09Z')).toBe('00:05:09')
    expect(dateTime(undefined)).toBe('')
    expect(dateTime('soon')).toBe('')
  })

  it('have days that begin at midnight in Beijing', () => {
    expect(beijingDay('2026-11-25')).toEqual({ from: '2026-11-24T16:00:00.000Z', to: '2026-11-25T15:59:59.999Z' })
    expect(beijingDay(undefined)).toBeUndefined()
    expect(beijingDate(Date.parse('2026-11-25T16:11:00Z'))).toBe('2026-11-26')
  })

  it('have lengths', () => {
    expect([duration(-5), duration(7_900), duration(750_000), duration(3_723_000)]).toEqual(['0:00', '0:07', '12:30', '1:02:03'])
  })

  it('say how much is left, or gone', () => {
    const now = Date.parse('2026-11-25T08:00:00Z')
    expect(remaining('2026-11-26T10:30:00Z', now)).toEqual({ overdue: false, days: 1, hours: 2, minutes: 30 })
    expect(remaining('2026-11-25T07:59:00Z', now)).toEqual({ overdue: true, days: 0, hours: 0, minutes: 1 })
  })
})
