import { expect, it } from 'vitest'
import { serviceLevelLimits } from './serviceLevel'

it('finds the limits in the formula of the service level, and leaves another formula alone', () => {
  expect(serviceLevelLimits('answered ≤ 15 s ÷ (offered − abandoned < 5 s)')).toEqual({ within: 15, short: 5 })
  expect(serviceLevelLimits('answered ÷ offered')).toBeUndefined()
})
