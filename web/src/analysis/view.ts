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
}

/** Reads an address; nothing where it names no indicator. What it names otherwise is left out. */
export function readView(query: LocationQuery): View | null {
  const indicator = one(query['indicator'])
  if (!indicator) return null
  const named = one(query['by']).split(',').filter(isDimension)
  return { indicator, by: [...new Set(named)].slice(0, MOST_DIMENSIONS), weights: one(query['weights']) }
}

/** The address of a view; the same for the page and for the server. */
export function queryOf(view: View): LocationQueryRaw {
  const query: LocationQueryRaw = { indicator: view.indicator }
  if (view.by.length > 0) query['by'] = view.by.join(',')
  if (view.weights) query['weights'] = view.weights
  return query
}

export function pathOf(study: number, view: View, ending = ''): string {
  const query = new URLSearchParams(queryOf(view) as Record<string, string>)
  return `/v1/projects/${study}/tables${ending}?${query}`
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
