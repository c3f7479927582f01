// From a PIN to a key, slowly, and in so much memory that trying all PINs on a graphics card is dear.

import { argon2id } from 'hash-wasm'

/** Argon2id and not PBKDF2: a PIN is short, and what PBKDF2 costs a phone it does not cost a graphics card. */
export interface Cost {
  /** KiB. */
  readonly memory: number
  readonly passes: number
}

/** RFC 9106's second recommendation: what a phone of 2 GB has to spare. */
export const COST: Cost = { memory: 64 * 1024, passes: 3 }

export const LEAST_PIN = 6

export async function keyFromPin(pin: string, salt: Uint8Array, { memory, passes }: Cost): Promise<CryptoKey> {
  const options = { password: pin.normalize('NFKC'), salt, memorySize: memory, iterations: passes, parallelism: 1, hashLength: 32 }
  const bytes = await argon2id({ ...options, outputType: 'binary' })
  return crypto.subtle.importKey('raw', new Uint8Array(bytes), 'AES-GCM', false, ['encrypt', 'decrypt'])
}

/** Digits all the same or in a row are what a finder tries first. */
export function isTooPlain(pin: string): boolean {
  const steps = new Set([...pin].slice(1).map((c, i) => c.charCodeAt(0) - pin.charCodeAt(i)))
  return pin.length < LEAST_PIN || (steps.size === 1 && [-1, 0, 1].includes([...steps][0] ?? 2))
}
