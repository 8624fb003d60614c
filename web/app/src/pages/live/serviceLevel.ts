/**
 * The two limits in the server's formula of the service level, in seconds:
 * "answered ≤ 15 s ÷ (offered − abandoned < 5 s)". Nothing for a formula of
 * another shape, which is then shown as it came.
 */
export function serviceLevelLimits(formula: string): { within: number; short: number } | undefined {
  const found = /^answered ≤ (\d+) s ÷ \(offered − abandoned < (\d+) s\)$/.exec(formula)
  return found ? { within: Number(found[1]), short: Number(found[2]) } : undefined
}
