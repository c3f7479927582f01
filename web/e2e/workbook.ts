// The shipped questionnaire as an office sends it: its sheets as CSV in a zip, with cells a test breaks and mends.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { readCsv } from '../src/office/csv'

const FOLDER = join(import.meta.dirname, '../../instruments/tfvaw')

export class Workbook {
  private readonly sheets = new Map<string, string[][]>()

  constructor() {
    for (const name of readdirSync(FOLDER).filter((name) => name.endsWith('.csv'))) {
      this.sheets.set(name.replace('.csv', ''), readCsv(readFileSync(join(FOLDER, name), 'utf8')))
    }
  }

  /** The cell of a row as a spreadsheet counts it, headers in row 1. */
  cell(sheet: string, row: number, column: string): string {
    const [rows, place] = this.place(sheet, column)
    return rows[row - 1]?.[place] ?? ''
  }

  set(sheet: string, row: number, column: string, value: string): void {
    const [rows, place] = this.place(sheet, column)
    const cells = rows[row - 1]
    if (!cells) throw new Error(`${sheet} has no row ${row}`)
    cells[place] = value
  }

  /** The first row whose cell is so. */
  find(sheet: string, column: string, matches: (value: string) => boolean): number {
    const [rows, place] = this.place(sheet, column)
    const index = rows.findIndex((cells, n) => n > 0 && matches(cells[place] ?? ''))
    if (index < 0) throw new Error(`nothing such in ${sheet}, ${column}`)
    return index + 1
  }

  /** As a browser's file input takes it. */
  file(name: string): { name: string; mimeType: string; buffer: Buffer } {
    const files = [...this.sheets].map(([sheet, rows]) => ({ name: `${sheet}.csv`, bytes: Buffer.from(rows.map(line).join('')) }))
    return { name, mimeType: 'application/zip', buffer: zip(files) }
  }

  private place(sheet: string, column: string): [string[][], number] {
    const rows = this.sheets.get(sheet)
    const place = rows?.[0]?.indexOf(column) ?? -1
    if (!rows || place < 0) throw new Error(`no column ${column} in ${sheet}`)
    return [rows, place]
  }
}

function line(cells: string[]): string {
  return `${cells.map((cell) => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\n`
}

/** A zip of files that are not compressed (APPNOTE 6.3, 4.3). */
function zip(files: { name: string; bytes: Buffer }[]): Buffer {
  const bodies: Buffer[] = []
  const entries: Buffer[] = []
  let offset = 0
  for (const { name, bytes } of files) {
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt32LE(crc32(bytes), 10)
    common.writeUInt32LE(bytes.length, 14)
    common.writeUInt32LE(bytes.length, 18)
    common.writeUInt16LE(name.length, 22)
    const body = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), bytes])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    entries.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), common, tail, Buffer.from(name)]))
    bodies.push(body)
    offset += body.length
  }
  const directory = Buffer.concat(entries)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(files.length, 4)
  end.writeUInt16LE(files.length, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...bodies, directory, Buffer.from('PK\x05\x06'), end])
}
