import type { Category } from '../../api/types'

export interface CategoryOption {
  value: string
  label: string
  search: string
}

export interface CategoryGroup {
  label: string
  options: CategoryOption[]
}

/**
 * Leaves of the category tree, grouped by the path above them. A code belongs
 * under every code that it starts with: 010301 under 0103 under 01.
 */
export function categoryGroups(categories: Category[]): CategoryGroup[] {
  const sorted = [...categories].sort((a, b) => (a.code < b.code ? -1 : 1))
  const names = new Map(sorted.map((one) => [one.code, one.name]))
  const parents = new Set(sorted.flatMap((one) => upper(one.code)).filter((code) => names.has(code)))
  const groups = new Map<string, CategoryGroup>()
  for (const one of sorted) {
    if (parents.has(one.code)) continue
    const path = upper(one.code).map((code) => names.get(code)).filter((name) => name !== undefined)
    const label = path.join(' / ') || one.name
    const group = groups.get(label) ?? { label, options: [] }
    groups.set(label, group)
    group.options.push({ value: one.code, label: `${one.code} ${one.name}`, search: `${one.code} ${path.join(' ')} ${one.name}`.toLowerCase() })
  }
  return [...groups.values()]
}

/** Codes above a code, two digits a level: 010301 → 01, 0103. */
function upper(code: string): string[] {
  const all: string[] = []
  for (let end = 2; end < code.length; end += 2) all.push(code.slice(0, end))
  return all
}
