// The plan of a release: each chosen indicator by each chosen breakdown, with one weight set.
import type { Problem } from '../shared/api'
import type { Dimension, Indicator, Plan, PlannedTable } from './shapes'

/** As many as the server takes. */
export const MOST_TABLES = 2000

export function planOf(name: string, weights: string, indicators: readonly Indicator[], breakdowns: readonly Dimension[][]): Plan {
  const tables = indicators.flatMap((indicator) => breakdowns.flatMap((by) => (fits(indicator, by) ? [{ indicator: indicator.id, by }] : [])))
  return weights ? { name, weights, tables } : { name, tables }
}

/** A difference has the dimension of its groups already; which it is, the server says. */
function fits(indicator: Indicator, by: Dimension[]): boolean {
  return indicator.kind !== 'difference' || by.length <= 2
}

export function hasBreakdown(breakdowns: readonly Dimension[][], by: readonly Dimension[]): boolean {
  return breakdowns.some((one) => one.length === by.length && by.every((dimension) => one.includes(dimension)))
}

/** What is wrong with which table of the plan; the server names a table by its place. */
export function wrongTables(plan: Plan, problem: Problem | null): { table: PlannedTable; message: string }[] {
  return (problem?.findings ?? []).flatMap(({ pointer, detail }) => {
    const table = plan.tables[Number(/^\/tables\/(\d+)/.exec(pointer ?? '')?.[1] ?? NaN)]
    return table && detail ? [{ table, message: detail }] : []
  })
}
