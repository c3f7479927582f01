// The list of places that help, as it lies beside a form.
import { readCsv } from '../../shared/csv'
import type { KeptForm } from './records'

export interface Place {
  readonly region: string
  readonly service: string
  readonly purpose: string
  readonly reach: string
  readonly hours: string
  readonly languages: string
}

const FILE = 'referrals.csv'

/** Nothing where the form names no such list. */
export function placesThatHelp(form: KeptForm): Place[] {
  const file = form.files[FILE]
  if (file === undefined) return []
  const bytes = Uint8Array.from(atob(file), (c) => c.charCodeAt(0))
  const [header = [], ...rows] = readCsv(new TextDecoder().decode(bytes))
  const cell = (row: string[], column: string): string => row[header.indexOf(column)] ?? ''
  return rows.map((row) => ({
    region: cell(row, 'region'),
    service: cell(row, 'service'),
    purpose: cell(row, 'purpose'),
    reach: cell(row, 'reach'),
    hours: cell(row, 'hours'),
    languages: cell(row, 'languages'),
  }))
}
