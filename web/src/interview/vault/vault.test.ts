// The vault keeps what it is given and shows nobody what.

import 'fake-indexeddb/auto'
import { beforeEach, describe, expect, it } from 'vitest'

import { openDatabase, type Database } from './database'
import { isTooPlain } from './pin'
import { seal, unseal } from './seal'
import { Vault } from './vault'

const CHEAP = { memory: 64, passes: 1 }
let database: Database
let place = 0

beforeEach(async () => {
  database = await openDatabase(`test-${place++}`)
})

async function opened(pin: string, now = 0): Promise<Vault | null> {
  const opening = await Vault.open(database, pin, now)
  return 'vault' in opening ? opening.vault : null
}

/** Everything the database holds, names included, as one text. */
async function raw(): Promise<string> {
  const keys = await database.getAllKeys('sealed')
  const records = await database.getAll('sealed')
  const text = records.map((r) => new TextDecoder('latin1').decode(r)).join('')
  return keys.join('') + text + JSON.stringify(await database.getAll('plain'))
}

describe('a vault', () => {
  it('opens and counts wrong PINs where there is no room to write how many', async () => {
    await Vault.create(database, '582914', CHEAP)
    const full = Object.assign(Object.create(database) as Database, {
      put: () => Promise.reject(new DOMException('no room', 'QuotaExceededError')),
      delete: () => Promise.reject(new DOMException('no room', 'QuotaExceededError')),
      get: database.get.bind(database),
    })
    for (const waitSeconds of [0, 0, 5]) expect(await Vault.open(full, '111111', 0)).toEqual({ waitSeconds })
    expect(await Vault.open(full, '582914', 1000)).toEqual({ waitSeconds: 4 })
    expect('vault' in (await Vault.open(full, '582914', 5000))).toBe(true)
    expect(await Vault.open(full, '111111', 5000)).toEqual({ waitSeconds: 0 })
  })

  it('gives back what it keeps, opened again with the PIN, and forgets what it shall', async () => {
    const vault = await Vault.create(database, '582914', CHEAP)
    await vault.put({ 'case 0101-003': { answer: 'CANARY' }, other: [1] })
    const again = await opened('582914')
    expect(await again?.get('case 0101-003')).toEqual({ answer: 'CANARY' })
    await again?.put({ other: null })
    expect(await again?.get('other')).toBeNull()
  })

  it('holds neither an answer nor a name that could be read', async () => {
    const vault = await Vault.create(database, '582914', CHEAP)
    await vault.put({ 'case 0101-003': { answer: 'CANARY' } })
    const bytes = await raw()
    expect(bytes).not.toContain('CANARY')
    expect(bytes).not.toContain('0101-003')
    expect(bytes.length).toBeGreaterThan(32 * 1024)
  })

  it('stays shut to another PIN, and makes whoever guesses wait longer each time', async () => {
    await Vault.create(database, '582914', CHEAP)
    const waits: number[] = []
    for (let now = 0; waits.length < 5; now += 10_000_000) {
      const opening = await Vault.open(database, '111111', now)
      waits.push('waitSeconds' in opening ? opening.waitSeconds : -1)
    }
    expect(waits).toEqual([0, 0, 5, 10, 20])
    expect(await opened('582914', 40_000_001)).toBeNull()
    expect(await opened('582914', 40_020_001)).not.toBeNull()
  })

  it('waits as long as was due, and no longer, after the clock was set back', async () => {
    await Vault.create(database, '582914', CHEAP)
    for (let i = 0; i < 3; i++) {
      await Vault.open(database, '111111', 1e12)
    }
    expect(await Vault.waiting(database, 1000)).toBe(5)
    expect(await Vault.waiting(database, 6000)).toBe(0)
  })

  it('made anew cannot read what the old one kept, and has erased it', async () => {
    await (await Vault.create(database, '582914', CHEAP)).put({ a: 1 })
    const anew = await Vault.create(database, '582914', CHEAP)
    expect(await anew.get('a')).toBeNull()
    expect(await database.count('sealed')).toBe(0)
  })
})

describe('a sealed record', () => {
  it('is as long for a short answer as for a long one, and never twice the same', async () => {
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
    const short = await seal(key, 'n', 'a')
    const long = await seal(key, 'n', 'a'.repeat(20_000))
    expect(short.length).toBe(long.length)
    expect(await seal(key, 'n', 'a')).not.toEqual(short)
    expect(await unseal(key, 'n', long)).toBe('a'.repeat(20_000))
  })

  it('cannot be passed off as another, nor changed', async () => {
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
    const record = await seal(key, 'draft of one', 'a')
    await expect(unseal(key, 'draft of another', record)).rejects.toThrow()
    record[40] = (record[40] ?? 0) ^ 1
    await expect(unseal(key, 'draft of one', record)).rejects.toThrow()
  })
})

describe('a PIN', () => {
  it('is neither short, nor one digit, nor digits in a row', () => {
    expect(['12345', '111111', '123456', '987654'].map(isTooPlain)).toEqual([true, true, true, true])
    expect(['582914', 'correct horse', '112233'].map(isTooPlain)).toEqual([false, false, false])
  })
})
