// How the numbers of a table are written: proportions in per cent, to the digits that the view has.
import type { Kind, Table } from './shapes'

export interface Formats {
  estimate: (x: number) => string
  /** In the units of the estimate; of a proportion in percentage points. */
  se: (x: number) => string
  /** Two limits without their unit, which the head of the column has. */
  interval: (lower: number, upper: number) => string
  /** A place on the axis, in the units of the server. */
  tick: (x: number) => string
  share: (x: number) => string
  /** To one digit behind the point in a release, as the server rounds it. */
  deff: (x: number) => string
  count: (x: number) => string
}

/** Digits behind the point: a release is to 0.1 point, a draft shows one more than anybody would print. */
const DIGITS = { release: 1, draft: 2 }

export function formats(table: Pick<Table, 'view'> & { indicator: { kind: Kind } }, language: string): Formats {
  const { view, indicator } = table
  const isShare = inPercent(indicator.kind)
  const scale = isShare ? 100 : 1
  const digits = isShare ? DIGITS[view] : 3
  const plain = writer(language, digits)
  const estimate = indicator.kind === 'difference' ? signed(language, digits) : plain
  const se = view === 'release' ? significant(language, 2) : writer(language, isShare ? 2 : 4)
  return {
    estimate: (x) => estimate(x * scale) + (indicator.kind === 'proportion' ? PERCENT : ''),
    se: (x) => se(x * scale),
    interval: (lower, upper) => `${plain(lower * scale)} – ${plain(upper * scale)}`,
    tick: (x) => general(language)(clean(x * scale)) + (indicator.kind === 'proportion' ? PERCENT : ''),
    share: (x) => writer(language, 1)(x * 100) + PERCENT,
    deff: writer(language, DIGITS[view]),
    count: general(language),
  }
}

/** A p value, to three digits behind the point. */
export function chance(p: number, language: string): string {
  return p < 0.0005 ? `< ${writer(language, 3)(0.001)}` : writer(language, 3)(p)
}

/** Whether a kind's numbers are shares of people, or differences of shares. */
export function inPercent(kind: Kind): boolean {
  return kind === 'proportion' || kind === 'difference'
}

export function share(x: number, language: string): string {
  return writer(language, 1)(x * 100) + PERCENT
}

const PERCENT = '\u00a0%'

/** Western digits in Arabic too, so that the page can be compared with the file it comes from. */
function general(language: string): (x: number) => string {
  const format = new Intl.NumberFormat(tag(language), { maximumFractionDigits: 6 })
  return (x) => format.format(x)
}

function writer(language: string, digits: number): (x: number) => string {
  const format = new Intl.NumberFormat(tag(language), { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return (x) => format.format(clean(x))
}

function signed(language: string, digits: number): (x: number) => string {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: 'exceptZero' } as const
  const format = new Intl.NumberFormat(tag(language), options)
  return (x) => format.format(clean(x))
}

function significant(language: string, digits: number): (x: number) => string {
  const format = new Intl.NumberFormat(tag(language), { minimumSignificantDigits: digits, maximumSignificantDigits: digits })
  return (x) => format.format(clean(x))
}

/** A hundred times 0.145 is 14.499999999999998, which would be rounded down. */
function clean(x: number): number {
  return Number(x.toPrecision(12))
}

function tag(language: string): string {
  return `${language}-u-nu-latn`
}
