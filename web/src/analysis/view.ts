// What a page of tables shows, as its address says it: an indicator, by which dimensions, with which weights.
import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import { DIMENSIONS, type Dimension, type Table } from './shapes'

/** More, and nobody is hidden in a table: the server refuses them. */
export const MOST_DIMENSIONS = 3

export interface View {
  indicator: string
  by: Dimension[]
  /** A weight set's name; the newest where none is named. */
  weights: string
  /** Two cells of the table by their levels, in the order of `by`: the second is taken from the first. */
  compared?: Compared
}

export interface Compared {
  of: string[]
  against: string[]
}

/** Reads an address; nothing where it names no indicator. What it names otherwise is left out. */
export function readView(query: LocationQuery): View | null {
  const indicator = one(query['indicator'])
  if (!indicator) return null
  const named = one(query['by']).split(',').filter(isDimension)
  const view: View = { indicator, by: [...new Set(named)].slice(0, MOST_DIMENSIONS), weights: one(query['weights']) }
  const [of, against] = [one(query['of']).split(','), one(query['against']).split(',')]
  const isWhole = [of, against].every((levels) => levels.length === view.by.length && levels.every((level) => level !== ''))
  return isWhole ? { ...view, compared: { of, against } } : view
}

/** The address of a view. */
export function queryOf(view: View): LocationQueryRaw {
  return { ...tableOf(view), ...comparisonOf(view.compared) }
}

/** The view that shows other things of the same kind: cells of another breakdown are not there any more. */
export function turnedTo(next: View, from: View): View {
  const { compared, ...table } = next
  return compared && next.by.join() === from.by.join() ? next : table
}

function comparisonOf(compared: Compared | undefined): Record<string, string> {
  return compared ? { of: compared.of.join(','), against: compared.against.join(',') } : {}
}

/** What the server is asked for, without what the page makes of it. */
function tableOf(view: View): Record<string, string> {
  const query: Record<string, string> = { indicator: view.indicator }
  if (view.by.length > 0) query['by'] = view.by.join(',')
  if (view.weights) query['weights'] = view.weights
  return query
}

export function pathOf(study: number, view: View, ending = ''): string {
  return `/v1/projects/${study}/tables${ending}?${new URLSearchParams(tableOf(view))}`
}

/** Where the server compares the two cells of a view. */
export function comparisonPathOf(study: number, view: View, compared: Compared): string {
  return `/v1/projects/${study}/tables/compare?${new URLSearchParams({ ...tableOf(view), ...comparisonOf(compared) })}`
}

/** The view that shows a table. */
export function viewOf(table: Table): View {
  return { indicator: table.indicator.id, by: table.by, weights: table.provenance.weightSet }
}

/** Whether a table is what a view asks for; the dimensions' order does not matter. */
export function isOf(view: View, table: Table): boolean {
  const sameDimensions = view.by.length === table.by.length && view.by.every((dimension) => table.by.includes(dimension))
  return view.indicator === table.indicator.id && sameDimensions && (!view.weights || view.weights === table.provenance.weightSet)
}

export function isDimension(name: string): name is Dimension {
  return (DIMENSIONS as readonly string[]).includes(name)
}

function one(value: LocationQuery[string] | undefined): string {
  const first = Array.isArray(value) ? value[0] : value
  return first ?? ''
}
