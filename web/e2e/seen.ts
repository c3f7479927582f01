// A screen looked at: by a reader of screens, and on pictures that are kept, at three widths and in four languages.
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

const PICTURES = resolve(import.meta.dirname, '../test-results/interview')
const WIDTHS = [360, 768, 1440]

/** Looks at a screen as a reader of screens does, and keeps a picture of it at each width. */
export async function seen(page: Page, name: string, widths = WIDTHS): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const serious = violations.filter((one) => one.impact === 'serious' || one.impact === 'critical')
  expect(serious.map((one) => `${name}: ${one.id} ${one.nodes.map((node) => node.html).join(' ')}`)).toEqual([])
  mkdirSync(PICTURES, { recursive: true })
  for (const width of widths) {
    await page.setViewportSize({ width, height: width === 360 ? 740 : 900 })
    await page.evaluate(() => scrollTo(0, 0))
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(overflow, `${name} at ${width} scrolls sideways`).toBeLessThanOrEqual(0)
    await page.screenshot({ path: resolve(PICTURES, `${name}-${width}.png`), fullPage: true })
  }
  await page.setViewportSize({ width: 360, height: 740 })
}

/** The same in every language that the screen offers, and back to English. */
export async function seenInAll(page: Page, name: string): Promise<void> {
  const language = page.locator('#language')
  const codes = await language.locator('option').evaluateAll((all) => all.map((one) => (one as HTMLOptionElement).value))
  for (const code of codes) {
    await language.selectOption(code)
    await seen(page, `${name}-${code}`)
  }
  await language.selectOption('en')
}
