// Sealed records: a random IV each, padded so that their length says little, bound to their name.

/** An interview just begun and one that is whole are of one size; a form is some megabyte. */
const SMALLEST = 32 * 1024
const LENGTH_BYTES = 4
const IV_BYTES = 12

export async function seal(key: CryptoKey, name: string, value: unknown): Promise<Uint8Array<ArrayBuffer>> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const sealed = await crypto.subtle.encrypt(scheme(iv, name), key, padded(new TextEncoder().encode(JSON.stringify(value))))
  return joined(iv, new Uint8Array(sealed))
}

/** Throws where the key is another, or a single bit is not as it was sealed. */
export async function unseal(key: CryptoKey, name: string, record: Uint8Array<ArrayBuffer>): Promise<unknown> {
  const iv = record.slice(0, IV_BYTES)
  const bytes = new Uint8Array(await crypto.subtle.decrypt(scheme(iv, name), key, record.slice(IV_BYTES)))
  const length = new DataView(bytes.buffer).getUint32(0)
  return JSON.parse(new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length)))
}

function scheme(iv: Uint8Array<ArrayBuffer>, name: string): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(name) }
}

function padded(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  let size = SMALLEST
  while (size < bytes.length + LENGTH_BYTES) {
    size *= 2
  }
  const out = new Uint8Array(size)
  new DataView(out.buffer).setUint32(0, bytes.length)
  out.set(bytes, LENGTH_BYTES)
  return out
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(a.length + b.length)
  out.set(a)
  out.set(b, a.length)
  return out
}
