// A shelf in memory alone: for a person who holds an interview with herself, and of whom the device is to keep nothing.
import type { Shelf } from './day'

export class MemoryShelf implements Shelf {
  private readonly records = new Map<string, unknown>()

  get(name: string): Promise<unknown> {
    return Promise.resolve(this.records.get(name) ?? null)
  }

  put(records: Record<string, unknown>): Promise<void> {
    for (const [name, value] of Object.entries(records)) this.records.set(name, value)
    return Promise.resolve()
  }
}
