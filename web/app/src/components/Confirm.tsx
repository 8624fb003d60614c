import { Button, Popover, Space } from 'antd'
import { useState } from 'react'
import type { ReactNode } from 'react'

interface Choice {
  label: string
  testId: string
  danger?: boolean
  onChoose: () => void
}

/** A button for what cannot be taken back: it says first what will happen, and asks which. */
export function Confirm({ label, text, testId, disabled, choices }: { label: ReactNode; text: string; testId: string; disabled?: boolean; choices: Choice[] }) {
  const [open, setOpen] = useState(false)
  const content = (
    <div role="group" aria-label={text}>
      <p className="confirm-text">{text}</p>
      <Space wrap>
        {choices.map((one) => (
          <Button
            key={one.testId}
            size="small"
            type="primary"
            danger={one.danger}
            data-testid={one.testId}
            onClick={() => {
              setOpen(false)
              one.onChoose()
            }}
          >
            {one.label}
          </Button>
        ))}
      </Space>
    </div>
  )
  return (
    <Popover trigger="click" open={open && !disabled} onOpenChange={setOpen} content={content}>
      <Button size="small" danger data-testid={testId} disabled={disabled} aria-expanded={open}>{label}</Button>
    </Popover>
  )
}
