// The dot-and-interval chart of a table as marks on a plane: no browser, no colours, no words of its own.
// One picture for the page and for the files: the page draws marks by their role's class, a file by its colour.

export interface Row {
  label: string
  /** A line that only heads those below it. */
  isGroup?: boolean
  /** None where the cell is withheld. */
  value?: { estimate: number; lower: number; upper: number; text: string; isWeak: boolean }
  /** What stands in place of a number. */
  withheld?: string
}

export type Role = 'grid' | 'zero' | 'interval' | 'whisker' | 'dot' | 'weak' | 'label' | 'group' | 'tick' | 'value' | 'absent'

export type Mark =
  | { kind: 'line'; role: Role; x1: number; y1: number; x2: number; y2: number }
  | { kind: 'dot'; role: Role; x: number; y: number }
  | { kind: 'text'; role: Role; x: number; y: number; anchor: 'start' | 'middle' | 'end'; text: string }

export interface Scene {
  width: number
  height: number
  isRightToLeft: boolean
  marks: Mark[]
}

export interface Paper {
  width: number
  isRightToLeft: boolean
  /** Whether the axis must hold zero: of shares and differences. */
  holdsZero: boolean
  /** The most a number can be; a share is never above 1. */
  most: number
  tick: (x: number) => string
}

export const DOT = 4.5
const TOP = 8
const AXIS = 28
const ROW = 30
/** On narrow paper a row's label stands above its interval; one without an interval needs a line alone. */
const TALL_ROW = 46
const SHORT_ROW = 24
const NARROW = 560
const CHARACTER = 7.6
const WIDEST_LABEL = 220
const VALUE = 64
const EDGE = 12
const WHISKER = 4
/** Between an axis and a word beside it. */
const GAP = 6
const TICKS = { wide: 7, narrow: 4 }

export function draw(rows: Row[], paper: Paper): Scene {
  const isNarrow = paper.width < NARROW
  const labels = isNarrow ? 0 : Math.min(WIDEST_LABEL, EDGE + CHARACTER * Math.max(...rows.map((row) => row.label.length), 4))
  const [left, right] = [labels + EDGE, paper.width - (isNarrow ? EDGE : VALUE + EDGE)]
  const ticks = axis(rows, paper, isNarrow ? TICKS.narrow : TICKS.wide)
  const [from, to] = [ticks[0] ?? 0, ticks.at(-1) ?? 1]
  const x = (value: number) => left + ((value - from) / (to - from)) * (right - left)
  const inside: Mark[] = []
  let bottom = TOP
  for (const row of rows) {
    inside.push(...rowMarks(row, bottom, { x, labels, left, isNarrow, width: paper.width }))
    bottom += isNarrow ? narrowHeight(row) : ROW
  }
  const marks = [...axisMarks(ticks, x, bottom, paper.tick), ...inside]
  const scene = { width: paper.width, height: bottom + AXIS, isRightToLeft: paper.isRightToLeft, marks }
  return paper.isRightToLeft ? mirrored(scene) : scene
}

function narrowHeight(row: Row): number {
  return row.value ? TALL_ROW : row.isGroup ? ROW : SHORT_ROW
}

/** Round places from the least to the greatest that is shown, and a step beyond. */
export function axis(rows: Row[], paper: Pick<Paper, 'holdsZero' | 'most'>, count: number): number[] {
  const ends = rows.flatMap((row) => (row.value ? [row.value.lower, row.value.upper, row.value.estimate] : []))
  if (ends.length === 0) return []
  const least = Math.min(...ends, paper.holdsZero ? 0 : Infinity)
  const greatest = Math.max(...ends, paper.holdsZero ? 0 : -Infinity)
  const step = roundStep((greatest - least || Math.abs(greatest) || 1) / count)
  const first = Math.floor(least / step + 1e-9)
  const last = Math.max(Math.ceil(Math.min(greatest, paper.most) / step - 1e-9), first + 1)
  return Array.from({ length: last - first + 1 }, (_, place) => Number(((first + place) * step).toPrecision(12)))
}

/** The next of 1, 2, 5, 10 … that is not less. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  const found = [1, 2, 5, 10].find((step) => step * power >= least * (1 - 1e-9)) ?? 10
  return found * power
}

function axisMarks(ticks: number[], x: (value: number) => number, bottom: number, write: (x: number) => string): Mark[] {
  return ticks.flatMap((tick): Mark[] => [
    { kind: 'line', role: tick === 0 ? 'zero' : 'grid', x1: x(tick), y1: TOP, x2: x(tick), y2: bottom },
    { kind: 'text', role: 'tick', x: x(tick), y: bottom + 18, anchor: 'middle', text: write(tick) },
  ])
}

interface Place {
  x: (value: number) => number
  labels: number
  left: number
  isNarrow: boolean
  width: number
}

function rowMarks(row: Row, top: number, place: Place): Mark[] {
  const baseline = top + (place.isNarrow && !row.isGroup ? 16 : 20)
  const isAtEdge = place.isNarrow || row.isGroup === true
  const room = place.isNarrow ? place.width - VALUE - EDGE : row.isGroup ? place.width : place.labels
  const label: Mark = {
    kind: 'text',
    role: row.isGroup ? 'group' : 'label',
    x: isAtEdge ? 0 : place.labels,
    y: baseline,
    anchor: isAtEdge ? 'start' : 'end',
    text: fitting(row.label, room),
  }
  if (row.value) return [label, ...valueMarks(row.value, top + (place.isNarrow ? 31 : 15), baseline, place)]
  if (row.withheld) return [label, absent(row.withheld, baseline, place)]
  return [label]
}

function absent(text: string, y: number, { isNarrow, width, left }: Place): Mark {
  return { kind: 'text', role: 'absent', x: isNarrow ? width : left + GAP, y, anchor: isNarrow ? 'end' : 'start', text }
}

function valueMarks(value: NonNullable<Row['value']>, y: number, baseline: number, { x, width }: Place): Mark[] {
  const [lower, upper] = [x(value.lower), x(value.upper)]
  const end = (at: number): Mark => ({ kind: 'line', role: 'whisker', x1: at, y1: y - WHISKER, x2: at, y2: y + WHISKER })
  return [
    { kind: 'line', role: 'interval', x1: lower, y1: y, x2: upper, y2: y },
    end(lower),
    end(upper),
    { kind: 'dot', role: value.isWeak ? 'weak' : 'dot', x: x(value.estimate), y },
    { kind: 'text', role: 'value', x: width, y: baseline, anchor: 'end', text: value.text },
  ]
}

function fitting(label: string, room: number): string {
  const most = Math.max(8, Math.floor(room / CHARACTER))
  return label.length <= most ? label : `${label.slice(0, most - 1)}…`
}

/** From right to left everything begins at the other side, the axis too; an anchor follows the direction of the text by itself. */
function mirrored(scene: Scene): Scene {
  const across = (x: number) => scene.width - x
  const marks = scene.marks.map((mark): Mark => (mark.kind === 'line' ? { ...mark, x1: across(mark.x1), x2: across(mark.x2) } : { ...mark, x: across(mark.x) }))
  return { ...scene, marks }
}
