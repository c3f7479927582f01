// A plan is every indicator by every breakdown.
import { expect, it } from 'vitest'
import { Problem } from '../shared/api'
import { hasBreakdown, planOf, wrongTables } from './plan'
import type { Indicator } from './shapes'

const indicator = (id: string, kind = 'proportion') => ({ id, kind, base: 'ALL', label: [id] }) as Indicator

it('crosses indicators with breakdowns', () => {
  const plan = planOf('first', 'final', [indicator('A'), indicator('B')], [[], ['sex', 'region']])
  expect(plan.weights).toBe('final')
  expect(plan.tables).toEqual([
    { indicator: 'A', by: [] },
    { indicator: 'A', by: ['sex', 'region'] },
    { indicator: 'B', by: [] },
    { indicator: 'B', by: ['sex', 'region'] },
  ])
  expect(planOf('first', '', [], []).weights).toBeUndefined()
})

it('leaves out what is too deep for a difference', () => {
  expect(planOf('', '', [indicator('GAP', 'difference')], [['sex', 'region', 'urban'], ['sex']]).tables).toEqual([{ indicator: 'GAP', by: ['sex'] }])
})

it('knows a breakdown in any order', () => {
  expect(hasBreakdown([['sex', 'region']], ['region', 'sex'])).toBe(true)
  expect(hasBreakdown([['sex', 'region']], ['sex'])).toBe(false)
  expect(hasBreakdown([[]], [])).toBe(true)
})

it('finds the table that is wrong', () => {
  const plan = planOf('', '', [indicator('A'), indicator('B')], [['sex']])
  const problem = new Problem(400, 'invalid', '', [{ pointer: '/tables/1/by', detail: 'leave that out' }])
  expect(wrongTables(plan, problem)).toEqual([{ table: { indicator: 'B', by: ['sex'] }, message: 'leave that out' }])
  expect(wrongTables(plan, null)).toEqual([])
})
