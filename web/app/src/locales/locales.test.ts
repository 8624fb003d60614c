import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { languages } from '../i18n'

const src = join(import.meta.dirname, '..')

type Tree = { [key: string]: string | Tree }

function flat(tree: Tree, prefix = ''): Map<string, string> {
  const all = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') all.set(prefix + key, value)
    else for (const [k, v] of flat(value, `${prefix}${key}.`)) all.set(k, v)
  }
  return all
}

const read = (file: string) => flat(JSON.parse(readFileSync(join(src, 'locales', `${file}.json`), 'utf8')) as Tree)
const placeholders = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map((m) => m[1]).sort()
const chinese = read('zh-CN')
const routing = read('routing/zh-CN')

describe.each(languages.flatMap((language) => [[language, chinese] as const, [`routing/${language}`, routing] as const]))('catalogue %s', (file, first) => {
  const catalogue = read(file)

  it('has the keys of the Chinese one', () => {
    expect([...catalogue.keys()].sort()).toEqual([...first.keys()].sort())
  })

  it('has a text with the same placeholders for each key', () => {
    for (const [key, text] of catalogue) {
      expect(text.trim(), key).not.toBe('')
      expect(placeholders(text), key).toEqual(placeholders(first.get(key)!))
    }
  })
})

it('no text stands in both catalogues', () => {
  expect([...routing.keys()].filter((key) => chinese.has(key))).toEqual([])
})

describe('the pages', () => {
  const sources = readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file) && !/\.(test|gen)\.tsx?$/.test(file))
    .map((file) => ({ file, text: readFileSync(join(src, file), 'utf8') }))
  // What the router loads with the texts of routing.
  const has = (file: string, key: string) => chinese.has(key) || (file.startsWith('pages/routing/') && routing.has(key))

  it('ask only for keys that there are', () => {
    const missing = sources.flatMap(({ file, text }) =>
      [...text.matchAll(/\bt\('([\w.-]+)'/g)].map((m) => m[1]!).filter((key) => !has(file, key)).map((key) => `${file}: ${key}`),
    )
    expect(missing).toEqual([])
  })

  it('have no text of their own: everything people read is in the catalogues', () => {
    const own = sources
      .filter(({ file }) => file.endsWith('.tsx'))
      .filter(({ text }) => /[\u4e00-\u9fff]/.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')))
    expect(own.map(({ file }) => file)).toEqual([])
  })
})
