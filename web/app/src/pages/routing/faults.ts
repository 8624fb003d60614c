import type { FormInstance } from 'antd'
import { createElement } from 'react'
import { ApiError } from '../../api/client'

type Path = (string | number)[]

/** "rings.1.after" as Ant Design names it. */
const pathOf = (field: string): Path => field.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part))

/** The field that a path of the server's is about: itself, or what it is a part of. */
export function fieldFor(known: Path[], field: string): Path | undefined {
  const path = pathOf(field)
  for (let n = path.length; n > 0; n--) {
    const found = known.find((one) => one.length === n && one.every((part, i) => part === path[i]))
    if (found) return found
  }
  return undefined
}

/** Puts the server's sentences to the fields they are about, and goes to the first. */
export function showFaults<T>(form: FormInstance<T>, error: unknown): void {
  if (!(error instanceof ApiError)) return
  const known = form.getFieldsError().map((one) => one.name as Path)
  const found = Object.entries(error.fields ?? {}).flatMap(([field, text]) => {
    const name = fieldFor(known, field)
    return name ? [{ name, errors: [createElement('bdi', null, text)] }] : []
  })
  form.setFields(found as unknown as Parameters<typeof form.setFields>[0])
  if (found[0]) form.scrollToField(found[0].name as Parameters<typeof form.scrollToField>[0], { block: 'center', focus: true })
}
