// Where the marks of a chart come to stand.
import { describe, expect, it } from 'vitest'
import { axis, draw, type Mark, type Paper, type Row } from './scene'

const paper: Paper = { width: 800, isRightToLeft: false, holdsZero: true, most: 1, tick: String }
const women: Row = { label: 'Women', value: { estimate: 0.2, lower: 0.1, upper: 0.3, text: '20.0 %', isWeak: false } }
const men: Row = { label: 'Men', withheld: 'withheld' }

const of = (marks: Mark[], role: string) => marks.filter((mark) => mark.role === role)
const at = (mark: Mark | undefined) => (mark?.kind === 'line' ? mark.x1 : mark?.x) ?? NaN

describe('an axis', () => {
  it('runs over round places from zero to beyond the greatest limit', () => {
    expect(axis([women], paper, 7)).toEqual([0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3])
    const high: Row = { ...women, value: { estimate: 0.9, lower: 0.8, upper: 0.99, text: '', isWeak: false } }
    expect(axis([high], paper, 5).at(-1)).toBe(1)
  })

  it('holds zero between two signs', () => {
    const gap: Row = { ...women, value: { estimate: 0.03, lower: -0.06, upper: 0.12, text: '', isWeak: false } }
    expect(axis([gap], paper, 5)).toEqual([-0.1, -0.05, 0, 0.05, 0.1, 0.15])
  })

  it('measures nothing where nothing is shown', () => {
    expect(axis([men], paper, 5)).toEqual([])
    expect(of(draw([men], paper).marks, 'tick')).toEqual([])
  })
})

describe('a chart', () => {
  it('has a dot within its interval, and no number for what is withheld', () => {
    const { marks } = draw([women, men], paper)
    const [lower, upper] = of(marks, 'whisker').map(at)
    const dot = at(of(marks, 'dot')[0])
    expect(dot).toBeCloseTo(((lower ?? 0) + (upper ?? 0)) / 2, 6)
    expect(of(marks, 'dot')).toHaveLength(1)
    expect(of(marks, 'absent')).toMatchObject([{ text: 'withheld' }])
    expect(of(marks, 'value')).toHaveLength(1)
  })

  it('marks what is weak', () => {
    const weak: Row = { label: 'Men', value: { estimate: 0.2, lower: 0.1, upper: 0.3, text: '', isWeak: true } }
    expect(of(draw([weak], paper).marks, 'weak')).toHaveLength(1)
  })

  it('is its own mirror image from right to left', () => {
    const [plain, mirrored] = [draw([women], paper), draw([women], { ...paper, isRightToLeft: true })]
    expect(at(of(mirrored.marks, 'dot')[0])).toBeCloseTo(800 - at(of(plain.marks, 'dot')[0]), 9)
  })

  it('stays on its paper at any width', () => {
    const long: Row = { ...women, label: 'A very long name of a region that nobody can read in one breath' }
    for (const width of [280, 360, 768, 1440]) {
      const { marks } = draw([long, men], { ...paper, width })
      const xs = marks.flatMap((mark) => (mark.kind === 'line' ? [mark.x1, mark.x2] : [mark.x]))
      expect(Math.min(...xs)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...xs)).toBeLessThanOrEqual(width)
    }
  })
})
