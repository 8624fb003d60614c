// Waiting with a limit. PATIENCE stretches every limit on a slow machine; a
// limit only ends a hang, no assertion depends on how long a thing took.
const factor = Number(process.env.PATIENCE ?? 4)

/** Limit in ms after stretching. */
export const patient = (ms) => ms * factor

export const pause = (ms) => new Promise((done) => setTimeout(done, ms))

/**
 * Asks probe every `every` ms until it returns something truthy, and returns
 * that. An error thrown by probe counts as "not yet" and is told at the limit.
 */
export async function until(what, probe, { limit = 15_000, every = 100 } = {}) {
  const end = Date.now() + patient(limit)
  let last
  for (;;) {
    try {
      const got = await probe()
      if (got) return got
      last = undefined
    } catch (error) {
      last = error
    }
    if (Date.now() > end) {
      throw new Error(`not in time (${patient(limit)} ms): ${what}${last ? `; last: ${last.message}` : ''}`, { cause: last })
    }
    await pause(every)
  }
}
