// One page at a time: two would write over each other's interviews.

/** True where this page is the only one; it stays so until it is closed. */
export function isOnlyPage(locks: LockManager = navigator.locks): Promise<boolean> {
  return new Promise((resolve) => {
    void locks.request('notes', { ifAvailable: true }, (lock) => {
      resolve(lock !== null)
      return lock === null ? undefined : new Promise<never>(() => undefined)
    })
  })
}
