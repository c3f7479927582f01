// An address is a view, and a view an address.
import { expect, it } from 'vitest'
import type { Table } from './shapes'
import { comparisonPathOf, isOf, pathOf, queryOf, readView, turnedTo, viewOf } from './view'

it('goes from an address to a view and back', () => {
  const query = { indicator: 'TFV_ANY_12M', by: 'sex,age_group', weights: 'final' }
  const view = readView(query)
  expect(view).toEqual({ indicator: 'TFV_ANY_12M', by: ['sex', 'age_group'], weights: 'final' })
  expect(view && queryOf(view)).toEqual(query)
})

it('leaves out what no table can be by', () => {
  expect(readView({ indicator: 'A', by: 'sex,name,sex,region' })?.by).toEqual(['sex', 'region'])
  expect(readView({ indicator: 'A', by: 'sex,age_group,disability,urban' })?.by).toHaveLength(3)
  expect(readView({ by: 'sex' })).toBeNull()
  expect(readView({ indicator: ['A', 'B'] })?.indicator).toBe('A')
})

it('names two cells that are compared, as long as the table has them', () => {
  const query = { indicator: 'A', by: 'sex,urban', of: 'F,U', against: 'F,_T' }
  const view = readView(query)
  expect(view?.compared).toEqual({ of: ['F', 'U'], against: ['F', '_T'] })
  expect(view && queryOf(view)).toEqual(query)
  expect(readView({ ...query, against: 'F' })?.compared).toBeUndefined()
  expect(readView({ ...query, of: ',' })?.compared).toBeUndefined()
  if (!view?.compared) throw new Error('no view')
  expect(turnedTo({ ...view, indicator: 'B' }, view).compared).toEqual(view.compared)
  expect(turnedTo({ ...view, by: ['sex'] }, view)).toEqual({ indicator: 'A', by: ['sex'], weights: '' })
  expect(pathOf(3, view)).toBe('/v1/projects/3/tables?indicator=A&by=sex%2Curban')
  expect(comparisonPathOf(3, view, view.compared)).toBe('/v1/projects/3/tables/compare?indicator=A&by=sex%2Curban&of=F%2CU&against=F%2C_T')
})

it('asks the server the same', () => {
  expect(pathOf(3, { indicator: 'A', by: ['sex', 'region'], weights: 'final & first' }, '.csv')).toBe(
    '/v1/projects/3/tables.csv?indicator=A&by=sex%2Cregion&weights=final+%26+first',
  )
  expect(pathOf(3, { indicator: 'A', by: [], weights: '' })).toBe('/v1/projects/3/tables?indicator=A')
})

it('knows a table of its own in whatever order its dimensions are', () => {
  const table = { indicator: { id: 'A' }, by: ['sex', 'region'], provenance: { weightSet: 'final' } } as Table
  expect(isOf({ indicator: 'A', by: ['region', 'sex'], weights: '' }, table)).toBe(true)
  expect(isOf({ indicator: 'A', by: ['region', 'sex'], weights: 'first' }, table)).toBe(false)
  expect(isOf({ indicator: 'A', by: ['sex'], weights: '' }, table)).toBe(false)
  expect(isOf(viewOf(table), table)).toBe(true)
})
