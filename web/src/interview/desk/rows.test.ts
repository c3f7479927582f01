// Cases are found by the letters of their codes.

import { expect, it } from 'vitest'

import { EMPTY } from '../field/records'
import { rows } from './rows'

it('finds a code whatever its letters are written in', () => {
  const cases = ['hh-012a', 'HH-013', 'k-1'].map((code) => ({ case: code, psu: '1', stratum: 'n' }))
  expect(rows({ ...EMPTY, cases }, 'Hh').map((row) => row.code)).toEqual(['hh-012a', 'HH-013'])
})
