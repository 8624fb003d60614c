import { Select } from 'antd'
import { useMemo } from 'react'
import { useCategories } from '../../api/reference'
import { categoryGroups } from './categories'

interface Props {
  id?: string
  value?: string
  onChange?: (code: string) => void
}

/** The tree of categories, grouped by its upper levels; found by code or by any word of the path. */
export function CategorySelect({ id, value, onChange }: Props) {
  const categories = useCategories()
  const options = useMemo(() => categoryGroups(categories.data ?? []), [categories.data])
  return (
    <Select
      id={id}
      value={value}
      onChange={onChange}
      loading={categories.isPending}
      options={options}
      showSearch={{ filterOption: (typed, option) => !!option && 'search' in option && String(option.search).includes(typed.trim().toLowerCase()) }}
    />
  )
}
