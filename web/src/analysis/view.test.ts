// An address is a view, and a view an address.
import { expect, it } from 'vitest'
import type { Table } from './shapes'
import { isOf, pathOf, queryOf, readView, viewOf } from './view'

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
