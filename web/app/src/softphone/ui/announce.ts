import { useEffect } from 'react'

/** Asks, inside the click that starts the shift, whether the system may show our notifications. */
export function askToNotify(): void {
  if (typeof Notification === 'undefined' || Notification.permission !== 'default') return
  Notification.requestPermission().catch(() => undefined) // refused: the ring and the tab's title are left
}

/**
 * Says an offered call where the page is not looked at: `text` in the tab's
 * title and, while the page is hidden, in a notification of the system. Both
 * go with the offer; then the title is `usual` again. The number in `text`
 * must be masked: a notification is seen by whoever passes.
 */
export function useAnnounce(text: string, usual: string): void {
  useEffect(() => {
    document.title = text
    const note = document.hidden ? notify(text) : undefined
    return () => {
      document.title = usual
      note?.close()
    }
  }, [text, usual])
}

function notify(text: string): Notification | undefined {
  if (typeof Notification === 'undefined' || Notification.permission !== 'granted') return undefined
  try {
    const note = new Notification(text, { tag: 'offer', requireInteraction: true })
    note.onclick = () => {
      window.focus()
      note.close()
    }
    return note
  } catch {
    return undefined // phones' browsers have the name, but allow none from a page
  }
}
