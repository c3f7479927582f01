// A form's words, and what is none.
import type { TextRange, TextRole } from '@getodk/xforms-engine'
import { expect, it } from 'vitest'
import { words } from './words'

const text = (said: string): TextRange<TextRole> => ({ asString: said, formatted: [{ role: 'child', value: said }] }) as unknown as TextRange<TextRole>

it('shows no mark where a hint has no translation', () => {
  expect(words(text('-'))).toEqual([])
  expect(words(null)).toEqual([])
  expect(words(text('- 5 -'))).toEqual(['- 5 -'])
})
