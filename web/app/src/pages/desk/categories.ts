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

/** Tickets have a category of this level; those above are its groups. */
const ticketLevel = 3

/** The categories a ticket can have, grouped by the path above them. */
export function categoryGroups(categories: Category[]): CategoryGroup[] {
  const groups = new Map<string, CategoryGroup>()
  for (const one of categories) {
    if (one.level !== ticketLevel) continue
    const above = one.path.slice(0, -1) // the path ends with the category itself
    const label = above.join(' / ')
    const group = groups.get(label) ?? { label, options: [] }
    groups.set(label, group)
    group.options.push({ value: one.code, label: `${one.code} ${one.name}`, search: `${one.code} ${above.join(' ')} ${one.name}`.toLowerCase() })
  }
  return [...groups.values()]
}
