import type { HTMLAttributes, ReactNode } from 'react'

/**
 * A phone number, ticket number, date or plate. On a right-to-left page the
 * browser would show 138****1000 as 1000****138 without this.
 */
export function Ltr({ children, ...rest }: { children: ReactNode } & HTMLAttributes<HTMLElement>) {
  return (
    <bdi dir="ltr" {...rest}>
      {children}
    </bdi>
  )
}
