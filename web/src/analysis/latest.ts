// Loading what the address asks for, when it changes faster than the server answers.
import type { Asking } from '../office/asking'

/** Loads one after the other, leaves out what was asked for in between, and ends with the last. */
export function useLatest(asking: Asking, load: () => Promise<void>): () => Promise<void> {
  let isWanted = false
  return async () => {
    isWanted = true
    if (asking.isBusy.value) return
    while (isWanted) {
      isWanted = false
      await asking.run(load)
    }
  }
}
