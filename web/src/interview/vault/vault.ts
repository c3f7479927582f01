// The vault: everything this page keeps, readable only with the PIN.

import { erase, write, type Database, type Tries, type Wrapped } from './database'
import { COST, keyFromPin, type Cost } from './pin'
import { seal, unseal } from './seal'

/** Wrong PINs before the first wait. */
const FREE_TRIES = 3
const FIRST_WAIT_SECONDS = 5
const LONGEST_WAIT_SECONDS = 15 * 60

const NO_TRIES: Tries = { wrong: 0, at: 0 }
/** Of databases that had no room for it. */
const unkept = new WeakMap<Database, Tries>()

export type Opening = { vault: Vault } | { waitSeconds: number }

export class Vault {
  private constructor(
    private readonly database: Database,
    private readonly key: CryptoKey,
    private readonly names: CryptoKey,
  ) {}

  /** A new vault; what an old one holds cannot be read by it, and is erased. */
  static async create(database: Database, pin: string, cost: Cost = COST): Promise<Vault> {
    const raw = crypto.getRandomValues(new Uint8Array(32))
    const salt = crypto.getRandomValues(new Uint8Array(16))
    const key = await seal(await keyFromPin(pin, salt, cost), 'key', [...raw])
    await erase(database)
    await database.put('plain', { salt, cost, key }, 'key')
    return Vault.of(database, raw)
  }

  static async exists(database: Database): Promise<boolean> {
    return (await database.get('plain', 'key')) !== undefined
  }

  /** Opens with the PIN, or says how long to wait before the next try: none after the first few that are wrong, then twice as long each time. */
  static async open(database: Database, pin: string, now: number): Promise<Opening> {
    const waiting = await Vault.waiting(database, now)
    const wrapped = (await database.get('plain', 'key')) as Wrapped | undefined
    if (waiting > 0 || wrapped === undefined) {
      return { waitSeconds: waiting }
    }
    const raw = await unseal(await keyFromPin(pin, wrapped.salt, wrapped.cost), 'key', wrapped.key).catch(() => null)
    if (raw === null) {
      const wrong = (await tries(database)).wrong + 1
      await note(database, { wrong, at: now })
      return { waitSeconds: await Vault.waiting(database, now) }
    }
    await note(database, NO_TRIES)
    return { vault: await Vault.of(database, Uint8Array.from(raw as number[])) }
  }

  /** Seconds to wait before a PIN is tried again. Where the clock was set back, the wait begins anew: else it would last until the old time. */
  static async waiting(database: Database, now: number): Promise<number> {
    const { wrong, at } = await tries(database)
    const due = wrong < FREE_TRIES ? 0 : Math.min(FIRST_WAIT_SECONDS * 2 ** (wrong - FREE_TRIES), LONGEST_WAIT_SECONDS)
    if (now < at) {
      await note(database, { wrong, at: now })
      return due
    }
    return Math.ceil(Math.max(0, due - (now - at) / 1000))
  }

  static erase(database: Database): Promise<void> {
    return erase(database)
  }

  /** Two keys from one: for what is kept, and for the names it is kept under. */
  private static async of(database: Database, raw: Uint8Array<ArrayBuffer>): Promise<Vault> {
    const root = await crypto.subtle.importKey('raw', raw, 'HKDF', false, ['deriveKey'])
    const from = (info: string): HkdfParams => ({
      name: 'HKDF',
      hash: 'SHA-256',
      salt: new Uint8Array(),
      info: new TextEncoder().encode(info),
    })
    const key = await crypto.subtle.deriveKey(from('records'), root, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
    const names = await crypto.subtle.deriveKey(from('names'), root, { name: 'HMAC', hash: 'SHA-256', length: 256 }, false, ['sign'])
    return new Vault(database, key, names)
  }

  /** Null where nothing is kept under the name. */
  async get(name: string): Promise<unknown> {
    const record = await this.database.get('sealed', await this.place(name))
    return record === undefined ? null : unseal(this.key, name, record)
  }

  /** Keeps some and forgets others (those that are null), all or nothing. */
  async put(records: Record<string, unknown>): Promise<void> {
    const sealed = new Map<string, Uint8Array<ArrayBuffer> | null>()
    for (const [name, value] of Object.entries(records)) {
      sealed.set(await this.place(name), value === null ? null : await seal(this.key, name, value))
    }
    await write(this.database, sealed)
  }

  /** Case codes and form ids are in the names: they too are unreadable. */
  private async place(name: string): Promise<string> {
    const digest = await crypto.subtle.sign('HMAC', this.names, new TextEncoder().encode(name))
    return [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, '0')).join('')
  }
}

async function tries(database: Database): Promise<Tries> {
  return unkept.get(database) ?? ((await database.get('plain', 'tries')) as Tries | undefined) ?? NO_TRIES
}

/** A full disk must neither shut out who knows the PIN nor let others guess faster: what finds no room there is remembered here. */
async function note(database: Database, tries: Tries): Promise<void> {
  unkept.set(database, tries)
  const isKept = await (tries === NO_TRIES ? database.delete('plain', 'tries') : database.put('plain', tries, 'tries')).then(() => true, () => false)
  if (isKept) unkept.delete(database)
}
