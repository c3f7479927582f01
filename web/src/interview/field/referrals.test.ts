// The list of places that help is read as the office wrote it.
import { expect, it } from 'vitest'
import { placesThatHelp } from './referrals'

it('finds the columns by their names, in any script', () => {
  const csv = 'service,region,purpose,reach,hours,languages,verified_on\nمركز,North,health,116,always,ar,2026-11-01\n'
  const files = { 'referrals.csv': btoa(String.fromCharCode(...new TextEncoder().encode(csv))) }
  expect(placesThatHelp({ xform: '', files })).toEqual([
    { region: 'North', service: 'مركز', purpose: 'health', reach: '116', hours: 'always', languages: 'ar' },
  ])
})

it('is empty where the form names none', () => {
  expect(placesThatHelp({ xform: '', files: {} })).toEqual([])
})
