// Whether the browser keeps what lies in it until it is told to erase it, also when the device runs out of space.

/** Asks for it. Some browsers decide by themselves, some ask the person; none that says no, or cannot be asked, is an error. */
export async function askToLast(storage: Partial<StorageManager> | undefined = navigator.storage): Promise<boolean | null> {
  return (await storage?.persist?.().catch(() => null)) ?? null
}

/** What was promised before. */
export async function lasts(storage: Partial<StorageManager> | undefined = navigator.storage): Promise<boolean | null> {
  return (await storage?.persisted?.().catch(() => null)) ?? null
}
