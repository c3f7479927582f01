// A zip's parts by their names, for looking into what was downloaded.
import { inflateRawSync } from 'node:zlib'

const ENTRY = 0x02014b50
const END = 0x06054b50
const STORED = 0

/** Reads the list at the end of a zip (APPNOTE 4.3.12), and each part from where the list says it is. */
export function unzipped(zip: Buffer): Map<string, Buffer> {
  const end = zip.lastIndexOf(signature(END))
  const found = new Map<string, Buffer>()
  let at = zip.readUInt32LE(end + 16)
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (zip.readUInt32LE(at) !== ENTRY) throw new Error(`no entry at ${at}`)
    const [name, extra, comment] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32)]
    found.set(zip.toString('utf8', at + 46, at + 46 + name), part(zip, zip.readUInt32LE(at + 42), zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 10)))
    at += 46 + name + extra + comment
  }
  return found
}

function part(zip: Buffer, at: number, size: number, method: number): Buffer {
  const begin = at + 30 + zip.readUInt16LE(at + 26) + zip.readUInt16LE(at + 28)
  const bytes = zip.subarray(begin, begin + size)
  return method === STORED ? Buffer.from(bytes) : inflateRawSync(bytes)
}

function signature(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
