// The words for the codes of a table, in the language of the page.
import { useI18n } from 'vue-i18n'
import { formats, type Formats } from './numbers'
import type { Row } from './scene'
import { DIMENSIONS, type ByLevel, type Cell, type Dimension, type Indicator, type Table } from './shapes'

/** The total of a dimension. */
const TOTAL = '_T'

export interface Words {
  dimension: (dimension: string) => string
  dimensions: (by: readonly string[]) => string
  level: (dimension: Dimension, code: string) => string
  domain: (by: Dimension[], levels: ByLevel) => string
  reason: (code: string) => string
  /** What marks a shown number: nothing where it is reliable. */
  reliability: (cell: Cell) => string
  contrast: (table: Table) => string
  day: (iso: string | null) => string
  rows: (table: Table) => Row[]
  formats: (table: Table) => Formats
}

export function useWords(): Words {
  const { t, te, locale } = useI18n()
  const known = (key: string, otherwise: string) => (te(key) ? t(key) : otherwise)
  const dimension = (name: string) => known(`analysis.dimension.${name}`, name)
  // A region's code is the frame's and says what it says.
  const level = (of: Dimension, code: string) => (of === 'region' && code !== TOTAL ? code : known(`analysis.level.${code}`, code))
  const domain = (by: Dimension[], levels: ByLevel) =>
    by.length === 0 ? t('analysis.level._T') : by.map((d) => level(d, levels[d] ?? TOTAL)).join(t('analysis.and'))
  const reason = (code: string) => known(`analysis.reason.${code}`, code)
  const words = {
    dimension,
    dimensions: (by: readonly string[]) => (by.length === 0 ? t('analysis.byNothing') : by.map(dimension).join(t('analysis.and'))),
    level,
    domain,
    reason,
    reliability: (cell: Cell) => (cell.status === 'shown' && isWeak(cell) ? known(`analysis.outcome.${cell.reliability.outcome}`, cell.reliability.outcome) : ''),
    contrast: ({ indicator: { contrast } }: Table) =>
      contrast ? t('analysis.contrast', { of: level(contrast.dimension, contrast.of), against: level(contrast.dimension, contrast.against) }) : '',
    day: (iso: string | null) => (iso ? new Intl.DateTimeFormat(`${locale.value}-u-nu-latn`, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(iso)) : ''),
    formats: (table: Table) => formats(table, locale.value),
  }
  return { ...words, rows: (table) => rowsOf(table, words) }
}

/** A number that its presentation standard shows with a mark. */
export function isWeak(cell: Cell): boolean {
  return cell.status === 'shown' && cell.reliability.outcome !== 'show'
}

/** A name of any script within a sentence of another, which keeps its own direction and turns nothing around it. */
export function isolated(name: string): string {
  return `\u2068${name}\u2069`
}

/** An indicator in words. The list does not say which of its languages is which: the first is that of the form. */
export function labelOf(indicator: Indicator, language: string): string {
  return indicator.labels[language] ?? indicator.label[0] ?? indicator.id
}

/** In the order in which they are asked for everywhere. */
export function inOrder(by: readonly Dimension[]): Dimension[] {
  return DIMENSIONS.filter((dimension) => by.includes(dimension))
}

/** A row a cell, under a head for all dimensions but the last. */
function rowsOf(table: Table, words: Pick<Words, 'domain' | 'level' | 'reason' | 'formats'>): Row[] {
  const write = words.formats(table)
  const [outer, last] = [table.by.slice(0, -1), table.by.at(-1)]
  const rows: Row[] = []
  let head = ''
  for (const cell of table.cells) {
    const group = outer.length > 0 ? words.domain(outer, cell.by) : ''
    if (group !== head) rows.push({ label: (head = group), isGroup: true })
    const label = last ? words.level(last, cell.by[last] ?? TOTAL) : words.domain([], cell.by)
    rows.push(rowOf(cell, label, words, write))
  }
  return rows
}

function rowOf(cell: Cell, label: string, words: Pick<Words, 'reason'>, write: Formats): Row {
  if (cell.status === 'withheld') return { label, withheld: words.reason(cell.reason) }
  const { estimate, ci_lower: lower, ci_upper: upper } = cell
  return { label, value: { estimate, lower, upper, text: write.estimate(estimate), isWeak: isWeak(cell) } }
}
