// Numbers are written as they are rounded, in the language of the page.
import { describe, expect, it } from 'vitest'
import { chance, formats } from './numbers'

const released = { view: 'release', indicator: { kind: 'proportion' } } as const
const draft = { view: 'draft', indicator: { kind: 'proportion' } } as const

it('never says that something cannot be chance', () => {
  expect([0.0312, 0.00049, 0].map((p) => chance(p, 'fr'))).toEqual(['0,031', '< 0,001', '< 0,001'])
})

describe('a proportion of a release', () => {
  it('is to 0.1 point, its standard error to two digits', () => {
    const write = formats(released, 'en')
    expect(write.estimate(0.221)).toBe('22.1\u00a0%')
    expect([0.015, 0.0071, 0.1].map(write.se)).toEqual(['1.5', '0.71', '10'])
    expect(write.interval(0.09, 0.253)).toBe('9.0 – 25.3')
  })

  it('is not rounded down by a double', () => {
    expect(formats(released, 'en').estimate(0.145)).toBe('14.5\u00a0%')
    expect(formats(released, 'en').tick(0.15)).toBe('15\u00a0%')
    expect(formats(draft, 'en').estimate(0.01005)).toBe('1.01\u00a0%')
  })
})

it('shows more of a draft', () => {
  expect(formats(draft, 'en').estimate(0.205762340061646)).toBe('20.58\u00a0%')
  expect(formats(draft, 'en').deff(1.6818131398026783)).toBe('1.68')
})

it('writes a difference in points with its sign', () => {
  const write = formats({ view: 'release', indicator: { kind: 'difference' } }, 'en')
  expect([0.034, -0.034, 0].map(write.estimate)).toEqual(['+3.4', '-3.4', '0.0'])
})

it('leaves a mean in its own units', () => {
  const write = formats({ view: 'release', indicator: { kind: 'mean' } }, 'en')
  expect(write.estimate(1.348)).toBe('1.348')
  expect(write.tick(2.5)).toBe('2.5')
})

it('writes as the language does, with digits everybody can compare', () => {
  expect(formats(released, 'fr').estimate(0.221)).toBe('22,1\u00a0%')
  expect(formats(released, 'ar').count(2020)).toMatch(/^2.?020$/)
})
