// Reading CSV as the server writes it.
import { expect, it } from 'vitest'
import { readCsv } from './csv'

it('reads quoted cells, empty ones and lines of either end', () => {
  expect(readCsv('a,b\r\n"x, ""y""",\n,z\n')).toEqual([
    ['a', 'b'],
    ['x, "y"', ''],
    ['', 'z'],
  ])
  expect(readCsv('')).toEqual([])
  expect(readCsv('a,"b\nc"')).toEqual([['a', 'b\nc']])
})
