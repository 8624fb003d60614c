// Tones: made as WAV files, found again by the Goertzel algorithm.
import { readFileSync, writeFileSync } from 'node:fs'

const header = (samples, rate, channels) => {
  const bytes = samples * channels * 2
  const h = Buffer.alloc(44)
  h.write('RIFF', 0)
  h.writeUInt32LE(36 + bytes, 4)
  h.write('WAVEfmt ', 8)
  h.writeUInt32LE(16, 16)
  h.writeUInt16LE(1, 20)
  h.writeUInt16LE(channels, 22)
  h.writeUInt32LE(rate, 24)
  h.writeUInt32LE(rate * channels * 2, 28)
  h.writeUInt16LE(channels * 2, 32)
  h.writeUInt16LE(16, 34)
  h.write('data', 36)
  h.writeUInt32LE(bytes, 40)
  return h
}

/** Writes a mono 16-bit WAV with one sine tone, or several: the level is that of each. */
export function writeTone(path, hz, { rate = 8000, seconds = 10, level = 0.4 } = {}) {
  const samples = rate * seconds
  const data = Buffer.alloc(samples * 2)
  for (let i = 0; i < samples; i++) {
    const sum = [hz].flat().reduce((v, one) => v + Math.sin((2 * Math.PI * one * i) / rate), 0)
    data.writeInt16LE(Math.round(level * 32767 * sum), i * 2)
  }
  writeFileSync(path, Buffer.concat([header(samples, rate, 1), data]))
}

/**
 * Reads a 16-bit PCM WAV: { rate, channels: [Float64Array, …] }, samples in -1..1.
 * A file still being written has sizes of zero in its header: read what is there.
 */
export function readWav(source) {
  const file = Buffer.isBuffer(source) ? source : readFileSync(source)
  if (file.toString('latin1', 0, 4) !== 'RIFF') throw new Error('not a WAV file')
  let at = 12
  let rate = 0
  let count = 0
  while (at + 8 <= file.length) {
    const id = file.toString('latin1', at, at + 4)
    let size = file.readUInt32LE(at + 4)
    if (id === 'fmt ') {
      count = file.readUInt16LE(at + 10)
      rate = file.readUInt32LE(at + 12)
      if (file.readUInt16LE(at + 8) !== 1 || file.readUInt16LE(at + 22) !== 16) throw new Error('not 16-bit PCM')
    }
    if (id === 'data') {
      const start = at + 8
      if (size === 0 || start + size > file.length) size = file.length - start
      const frames = Math.floor(size / 2 / count)
      const channels = Array.from({ length: count }, () => new Float64Array(frames))
      for (let i = 0; i < frames; i++) {
        for (let c = 0; c < count; c++) channels[c][i] = file.readInt16LE(start + (i * count + c) * 2) / 32768
      }
      return { rate, channels }
    }
    at += 8 + size + (size & 1)
  }
  throw new Error('WAV without samples')
}

const power = (samples) => samples.reduce((sum, s) => sum + s * s, 0) / Math.max(1, samples.length)

/** Share (0..1) of the sound's power that lies within a few Hz of hz. */
export function share(samples, rate, hz) {
  const total = power(samples)
  if (total < 1e-7) return 0
  const n = samples.length
  const k = 2 * Math.cos((2 * Math.PI * hz) / rate)
  let a = 0
  let b = 0
  for (let i = 0; i < n; i++) {
    const next = samples[i] + k * a - b
    b = a
    a = next
  }
  return Math.min(1, (2 * (a * a + b * b - k * a * b)) / (n * n) / total)
}

/**
 * What is heard in windows of 100 ms: for each window, is hz most of the sound?
 * Returns the share of windows, 0..1; silent windows count as no.
 */
export function heard(samples, rate, hz) {
  const size = Math.floor(rate / 10)
  let yes = 0
  let all = 0
  for (let at = 0; at + size <= samples.length; at += size) {
    all++
    const window = samples.subarray(at, at + size)
    const near = Math.max(share(window, rate, hz - 3), share(window, rate, hz), share(window, rate, hz + 3))
    if (near > 0.6) yes++
  }
  return all ? yes / all : 0
}

/**
 * Which of the tones are in the sound: in half of its 100 ms windows at least, each with
 * a twentieth of the power or more.
 */
export function tonesIn(samples, rate, tones) {
  const size = Math.floor(rate / 10)
  const seen = new Map(tones.map((hz) => [hz, 0]))
  let all = 0
  for (let at = 0; at + size <= samples.length; at += size) {
    all++
    const window = samples.subarray(at, at + size)
    for (const hz of tones) {
      if (Math.max(share(window, rate, hz - 3), share(window, rate, hz), share(window, rate, hz + 3)) > 0.05) seen.set(hz, seen.get(hz) + 1)
    }
  }
  return tones.filter((hz) => seen.get(hz) >= 0.5 * all)
}

/** Share of 100 ms windows that carry any sound. */
export function loud(samples, rate) {
  const size = Math.floor(rate / 10)
  let yes = 0
  let all = 0
  for (let at = 0; at + size <= samples.length; at += size) {
    all++
    if (power(samples.subarray(at, at + size)) > 1e-5) yes++
  }
  return all ? yes / all : 0
}
