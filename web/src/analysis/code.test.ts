// The code beside a table names the table's own file, columns and rule.
import { expect, it } from 'vitest'
import { isReproducible, margins, rCode, stataCode } from './code'
import type { Table } from './shapes'

const table = (over: Partial<Table['provenance']> = {}, kind = 'proportion') =>
  ({ indicator: { id: 'TFV_ANY_12M', kind }, by: ['sex', 'region'], provenance: { synthetic: false, lonelyPsu: 'adjust', ...over } }) as unknown as Table

it('has every margin once', () => {
  expect(margins([])).toEqual([[]])
  expect(margins(['sex', 'region', 'urban'])).toHaveLength(8)
})

it('estimates each margin in R with the design of the file', () => {
  const code = rCode(table())
  expect(code).toContain('read.csv("data.csv"')
  expect(code).toContain('options(survey.lonely.psu = "adjust")')
  expect(code).toContain('svymean(~TFV_ANY_12M, design, na.rm = TRUE)')
  expect(code).toContain('svyby(~TFV_ANY_12M, ~sex + region, design, svymean, na.rm = TRUE)')
})

it('keeps who did not answer in the design in Stata', () => {
  const code = stataCode(table())
  expect(code).toContain('singleunit(centered)')
  expect(code).toContain('svy, subpop(answered): mean TFV_ANY_12M, over(sex_ region_)')
  expect(stataCode(table({ lonelyPsu: 'average' }))).toContain('singleunit(scaled)')
})

it('says that people are simulated', () => {
  expect(rCode(table({ synthetic: true }))).toMatch(/^# SIMULATED DATA/)
  expect(stataCode(table({ synthetic: true }))).toContain('"SIMULATED-data.csv"')
})

it('says what is not to be published', () => {
  expect([rCode(table()), stataCode(table())].every((code) => code.includes('stays withheld'))).toBe(true)
})

it('is there for proportions alone', () => {
  expect(isReproducible(table())).toBe(true)
  expect(isReproducible(table({}, 'mean'))).toBe(false)
})
