// An outbox as full as after days without a signal: one interview that was held in the page, copied in the page's own vault.
import 'fake-indexeddb/auto'
import type { Page } from '@playwright/test'
import { Day } from '../src/interview/field/day'
import { openDatabase } from '../src/interview/vault/database'
import { Vault } from '../src/interview/vault/vault'

/** What a database holds, with bytes in base64 where JSON goes between. */
type Held = { store: 'plain' | 'sealed'; key: string; value: unknown }[]

/** Opens the vault of a page that is at rest, copies its finished interview as other cases' until there are so many, and puts all of it back. */
export async function filled(page: Page, pin: string, count: number): Promise<void> {
  const database = await openDatabase('outbox')
  for (const { store, key, value } of await page.evaluate(read)) await database.put(store, thawed(value) as never, key)
  const opening = await Vault.open(database, pin, Date.now())
  if (!('vault' in opening)) throw new Error('another PIN')
  const day = await Day.open(opening.vault)
  const held = day?.list.entries.find((entry) => entry.state === 'finished')
  const answers = day && held && (await day.answers(held))
  const form = day?.list.forms[0]
  if (!day || !form || !answers) throw new Error('no interview is finished')
  for (let number = 2; number <= count; number += 1) {
    const entry = await day.start(`${held.case}-${number}`, form)
    const named = answers.xml.replaceAll(`>${held.case}<`, `>${entry.case}<`)
    await day.finish(entry, named.replaceAll(/uuid:[0-9a-f-]{36}/g, `uuid:${entry.id}`))
  }
  await day.settled()
  const all: Held = []
  for (const store of ['plain', 'sealed'] as const) {
    for (const key of await database.getAllKeys(store)) all.push({ store, key, value: frozen(await database.get(store, key)) })
  }
  await page.evaluate(write, all)
}

function frozen(value: unknown): unknown {
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, frozen(part)]))
}

function thawed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if ('base64' in value) return Uint8Array.from(Buffer.from(String(value.base64), 'base64'))
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, thawed(part)]))
}

/** In the page. */
async function read(): Promise<Held> {
  const done = <T>(request: IDBRequest<T>): Promise<T> => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)))
  const bytes = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return { base64: btoa(value.reduce((text, byte) => text + String.fromCharCode(byte), '')) }
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, bytes(part)]))
  }
  const database = await done(indexedDB.open('notes'))
  const all: Held = []
  for (const store of ['plain', 'sealed'] as const) {
    const part = database.transaction(store).objectStore(store)
    const [keys, values] = await Promise.all([done(part.getAllKeys()), done(part.getAll())])
    keys.forEach((key, place) => all.push({ store, key: String(key), value: bytes(values[place]) }))
  }
  database.close()
  return all
}

/** In the page. */
async function write(all: Held): Promise<void> {
  const done = <T>(request: IDBRequest<T>): Promise<T> => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)))
  const bytes = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if ('base64' in value) return Uint8Array.from(atob(String(value.base64)), (letter) => letter.charCodeAt(0))
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, bytes(part)]))
  }
  const database = await done(indexedDB.open('notes'))
  const transaction = database.transaction(['plain', 'sealed'], 'readwrite')
  for (const { store, key, value } of all) transaction.objectStore(store).put(bytes(value), key)
  await new Promise((resolve) => (transaction.oncomplete = resolve))
  database.close()
}
