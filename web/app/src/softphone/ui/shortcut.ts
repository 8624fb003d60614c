import { useEffect, useRef } from 'react'

/**
 * Presses a button by a key of the keyboard, wherever the person is typing. `keys` is
 * as aria-keyshortcuts has it, for example "Shift+F9"; only keys that no field and no
 * browser uses.
 */
export function useShortcut(keys: string) {
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const pressed = (event.shiftKey ? 'Shift+' : '') + event.key
      if (pressed !== keys || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return
      event.preventDefault()
      button.current?.click()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [keys])
  return button
}
