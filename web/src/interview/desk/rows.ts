// The rows of the list: the office's cases and what else is on the device, with the state of each.
import type { Entry, List } from '../field/records'

export type RowState = 'begun' | 'new' | 'waiting' | 'refused' | 'received'

export interface Row {
  readonly key: string
  readonly code: string
  readonly state: RowState
  /** How its state looks. */
  readonly tone: '' | 'good' | 'warn' | 'bad'
  readonly entry: Entry | null
}

const TONES = { begun: 'warn', new: '', waiting: '', refused: 'bad', received: 'good' } as const
/** What wants doing first, then what is done. */
export const ORDER: readonly RowState[] = ['begun', 'refused', 'new', 'waiting', 'received']

/** Those whose code has these letters in it. */
export function rows(list: List, wanted: string): Row[] {
  const held = new Set(list.entries.map((entry) => entry.case))
  const received = new Set(list.received)
  const untouched = (list.cases ?? []).map((one) => one.case).filter((code) => !held.has(code) && !received.has(code))
  const all = [
    ...list.entries.map((entry) => row(entry.id, entry.case, stateOf(entry), entry)),
    ...untouched.map((code) => row(code, code, 'new', null)),
    ...[...received].filter((code) => !held.has(code)).map((code) => row(code, code, 'received', null)),
  ]
  const letters = list.cases === null ? '' : wanted.trim().toUpperCase()
  return all.filter((one) => one.code.toUpperCase().includes(letters)).sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state))
}

function row(key: string, code: string, state: RowState, entry: Entry | null): Row {
  return { key, code, state, tone: TONES[state], entry }
}

function stateOf(entry: Entry): RowState {
  if (entry.state === 'begun') return 'begun'
  return entry.isRefused ? 'refused' : 'waiting'
}
