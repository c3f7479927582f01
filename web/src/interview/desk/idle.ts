// Notices that nobody has touched the page for a while.

const TOUCHES = ['pointerdown', 'keydown', 'input', 'scroll'] as const
const CHECK_MILLISECONDS = 1000

/** Calls back once a page was left alone for so long; a device that slept is noticed when it wakes. Gives what ends the watch. */
export function watchIdle(milliseconds: number, onIdle: () => void): () => void {
  // While a phone sleeps the one clock stands still; the other may be set back.
  let touched = [performance.now(), Date.now()] as const
  const touch = (): void => {
    touched = [performance.now(), Date.now()]
  }
  const check = (): void => {
    if (Math.max(performance.now() - touched[0], Date.now() - touched[1]) < milliseconds) return
    touch()
    onIdle()
  }
  TOUCHES.forEach((name) => addEventListener(name, touch, { capture: true, passive: true }))
  document.addEventListener('visibilitychange', check)
  const timer = setInterval(check, CHECK_MILLISECONDS)
  return () => {
    TOUCHES.forEach((name) => removeEventListener(name, touch, { capture: true }))
    document.removeEventListener('visibilitychange', check)
    clearInterval(timer)
  }
}
