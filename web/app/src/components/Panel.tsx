import type { HTMLAttributes, ReactNode } from 'react'

/** A titled box. Ant Design's Card would bring its tabs and menus into the first load. */
export function Panel({ title, children, ...rest }: { title?: ReactNode; children: ReactNode } & Omit<HTMLAttributes<HTMLElement>, 'title'>) {
  return (
    <section {...rest} className={`panel ${rest.className ?? ''}`}>
      {title && <h2>{title}</h2>}
      <div className="panel-body">{children}</div>
    </section>
  )
}
