// The quick exit: nothing on the screen in the same frame, and another page in this one's place.

/** Part of what is kept for working offline, so that it is there without a network. */
const HARMLESS = '/i/notes.html'

const DOUBLE_MILLISECONDS = 800

/** The page's entry in the history is replaced: Back leads past it. */
export function leave(): void {
  document.body.replaceChildren()
  location.replace(HARMLESS)
}

/** Escape pressed twice leaves, wherever the cursor is. */
export function leaveOnDoubleEscape(target: EventTarget): void {
  let last = -DOUBLE_MILLISECONDS
  const listen = (event: Event): void => {
    if ((event as KeyboardEvent).key !== 'Escape') return
    if (event.timeStamp - last < DOUBLE_MILLISECONDS) leave()
    last = event.timeStamp
  }
  target.addEventListener('keydown', listen, { capture: true })
}
