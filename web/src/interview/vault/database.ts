// What lies on the device, as it lies there: a wrapped key, how often a PIN was wrong, and records nobody can read.

import { openDB, type DBSchema, type IDBPDatabase } from 'idb'

import type { Cost } from './pin'

/** The vault's key, wrapped under the key that the PIN gives. */
export interface Wrapped {
  readonly salt: Uint8Array<ArrayBuffer>
  readonly cost: Cost
  readonly key: Uint8Array<ArrayBuffer>
}

export interface Tries {
  readonly wrong: number
  /** Of the last wrong one, in milliseconds since 1970 by the device's clock. */
  readonly at: number
}

interface Schema extends DBSchema {
  plain: { key: 'key' | 'tries'; value: Wrapped | Tries }
  sealed: { key: string; value: Uint8Array<ArrayBuffer> }
}

export type Database = IDBPDatabase<Schema>

/** The name is as plain as the page's. */
export function openDatabase(name = 'notes'): Promise<Database> {
  return openDB<Schema>(name, 1, {
    upgrade(database) {
      database.createObjectStore('plain')
      database.createObjectStore('sealed')
    },
  })
}

/** Writes, and forgets where the record is null, all or nothing; done when it is on the disk, for phones lose their power. */
export async function write(database: Database, records: ReadonlyMap<string, Uint8Array<ArrayBuffer> | null>): Promise<void> {
  const transaction = database.transaction('sealed', 'readwrite', { durability: 'strict' })
  try {
    for (const [key, record] of records) {
      // Not awaited one by one: a failure fails the transaction, and that is awaited.
      void (record === null ? transaction.store.delete(key) : transaction.store.put(record, key)).catch(() => undefined)
    }
  } catch (error) {
    transaction.done.catch(() => undefined)
    transaction.abort()
    throw error
  }
  await transaction.done
}

export async function erase(database: Database): Promise<void> {
  const transaction = database.transaction(['plain', 'sealed'], 'readwrite', { durability: 'strict' })
  void transaction.objectStore('plain').clear()
  void transaction.objectStore('sealed').clear()
  await transaction.done
}
