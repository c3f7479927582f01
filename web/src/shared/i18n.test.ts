// Which language a page opens in.
import { expect, it } from 'vitest'
import { direction, preferred } from './i18n'

it('takes the first language that there is', () => {
  expect(preferred(['de-AT', 'fr-CA', 'en'])).toBe('fr')
  expect(preferred(['ar-EG'])).toBe('ar')
  expect(preferred(['de'])).toBe('en')
  expect(preferred([])).toBe('en')
})

it('writes Arabic from right to left', () => {
  expect(direction('ar')).toBe('rtl')
  expect(direction('es')).toBe('ltr')
})
