// Child processes that end with us.
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { createServer } from 'node:net'
import { patient } from './wait.mjs'

const running = new Set()

/** Starts a program; its output goes to log. Ends with this process at the latest. */
export function start(command, args, { log, ...options } = {}) {
  const out = log ? openSync(log, 'a') : 'ignore'
  const child = spawn(command, args, { stdio: ['ignore', out, out], ...options })
  if (log) closeSync(out) // the child has its own
  running.add(child)
  child.ended = new Promise((done) => {
    child.on('exit', (code, signal) => {
      running.delete(child)
      done({ code, signal })
    })
    child.on('error', (error) => {
      running.delete(child)
      done({ error })
    })
  })
  return child
}

/** Ends a child: TERM, then KILL when it does not go. Returns how it ended. */
export async function stop(child, limit = 15_000) {
  if (!running.has(child)) return child.ended
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), patient(limit))
  const how = await child.ended
  clearTimeout(timer)
  return how
}

export async function stopAll() {
  await Promise.all([...running].map((child) => stop(child)))
}

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
// A signal alone would end us without that.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1))

/** TCP ports that were free a moment ago, count different ones. */
export const freePorts = async (count) => {
  const servers = Array.from({ length: count }, () => createServer())
  await Promise.all(
    servers.map((server) => new Promise((done, fail) => server.on('error', fail).listen(0, '127.0.0.1', done))),
  )
  const ports = servers.map((server) => server.address().port)
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
  return ports
}
