// The agent's page must open fast on an office line: what its route loads before
// it is usable may weigh 316 KiB gzip at most. Reads Vite's manifest; exit 1 over budget.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const limit = 316 * 1024
const dist = join(dirname(fileURLToPath(import.meta.url)), '../dist')
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'))

/** Every file that loading the entries needs at once: static imports and styles. */
function closure(keys, files = new Set(), seen = new Set()) {
  for (const key of keys) {
    if (seen.has(key)) continue
    seen.add(key)
    const chunk = manifest[key]
    if (!chunk) throw new Error(`${key} is not in the build's manifest`)
    files.add(chunk.file)
    for (const css of chunk.css ?? []) files.add(css)
    closure(chunk.imports ?? [], files, seen)
  }
  return files
}

const agentRoute = ['index.html', 'src/pages/desk/DeskPage.tsx', 'node_modules/antd/es/locale/zh_CN.js', 'src/locales/zh-CN.json'].filter((key) => key in manifest)
let total = 0
for (const file of closure(agentRoute)) {
  const bytes = gzipSync(readFileSync(join(dist, file)), { level: 9 }).length
  total += bytes
  console.log(`${(bytes / 1024).toFixed(1).padStart(8)} KiB  ${file}`)
}
console.log(`${(total / 1024).toFixed(1).padStart(8)} KiB  agent route (at most ${limit / 1024})`)
if (total > limit) {
  console.error('The agent route is over its budget: load what is not needed at once with import().')
  process.exit(1)
}
