// A chart as a file needs nothing from the page it was taken from.
import { expect, it } from 'vitest'
import { picture } from './picture'
import { draw } from './scene'

const scene = draw([{ label: 'Women & men <all>', value: { estimate: 0.2, lower: 0.1, upper: 0.3, text: '20.0 %', isWeak: false } }], {
  width: 600,
  isRightToLeft: false,
  holdsZero: true,
  most: 1,
  tick: String,
})
const caption = { title: 'A title that is longer than one line can be, so that it is broken into two of them', notice: 'SIMULATED DATA', notes: ['Where from'] }

it('says what must be said, and escapes what is written', () => {
  const { svg } = picture(scene, caption)
  expect(svg).toContain('SIMULATED DATA')
  expect(svg).toContain('Women &amp; men &lt;all&gt;')
  expect(svg).toContain('Where from')
})

it('has no class and no style, for no sheet goes with it', () => {
  const { svg } = picture(scene, caption)
  expect(svg).not.toMatch(/class=|style=|<style|var\(/)
  expect(svg.match(/fill=|stroke=/g)?.length).toBeGreaterThan(5)
})

it('is as high as what stands in it', () => {
  const short = picture(scene, { ...caption, title: 'Short' })
  expect(picture(scene, caption).height).toBeGreaterThan(short.height)
  expect(short.width).toBe(648)
})
