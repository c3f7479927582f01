// The pages of tables as people meet them: read by a screen reader, by keys alone, on every width, in every language.
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import type { Role } from '../src/office/session'
import { expect, signIn, test } from './fixtures'

const LANGUAGES = ['en', 'fr', 'es', 'ar']
const WIDTHS = [360, 768, 1440]
/** The last, if any, is opened on the page before it is looked at. */
const PAGES: [string, Role, string, string?][] = [
  ['draft', 'statistician', 'tables?indicator=TFV_ANY_12M&by=sex,age_group', 'article summary'],
  ['compared', 'statistician', 'tables?indicator=TFV_ANY_12M&by=urban&of=U&against=R'],
  ['difference', 'statistician', 'tables?indicator=GAP_DIS'],
  ['released', 'analyst', 'tables?indicator=TFV_ANY_12M&by=sex,age_group'],
  ['not-released', 'analyst', 'tables?indicator=TFV_ANY_EVER&by=urban'],
  ['releases', 'coordinator', 'releases'],
  ['release', 'coordinator', 'releases/1?table=7'],
  ['compose', 'statistician', 'releases/new'],
  ['research-files', 'statistician', 'research-files', 'main button.primary'],
]

async function settled(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.locator('[aria-busy=true]')).toHaveCount(0)
}

for (const [name, role, path, opened] of PAGES) {
  test(`${name}: nobody is shut out, in every language and on every width`, async ({ page, demo }) => {
    test.setTimeout(120_000)
    await signIn(page, demo, role)
    await page.goto(`${demo.url}/office/studies/1/analysis/${path}`)
    await settled(page)
    if (opened) await page.locator(opened).click()
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme })
      const { violations } = await new AxeBuilder({ page }).analyze()
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([])
    }
    await page.emulateMedia({ colorScheme: 'light' })
    for (const language of LANGUAGES) {
      await page.locator('.language select').selectOption(language)
      await expect(page.locator('html')).toHaveAttribute('lang', language)
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 })
        // What is wider than the page scrolls within its own frame.
        expect(await page.evaluate(() => document.documentElement.scrollWidth), `${language} at ${width}`).toBeLessThanOrEqual(width)
        await page.screenshot({ path: `test-results/screens/analysis-${name}-${language}-${width}.png`, fullPage: true })
      }
    }
  })
}

test('a view is chosen, read and taken apart by keys alone', async ({ page, demo }) => {
  await signIn(page, demo, 'statistician')
  await page.goto(`${demo.url}/office/studies/1/analysis/tables`)
  await expect(page.locator('svg .dot').first()).toBeVisible()
  const onto = async (what: () => Promise<boolean>) => {
    for (let press = 0; press < 40; press += 1) {
      await page.keyboard.press('Tab')
      if (await what()) return
    }
    throw new Error('forty tabs do not lead there')
  }
  const isOn = (selector: string) => () => page.evaluate((selector) => document.activeElement?.matches(selector) ?? false, selector)
  await onto(isOn('input[value=region]'))
  await page.keyboard.press('Space')
  await expect(page).toHaveURL(/by=sex,region/)
  await onto(isOn('.table-frame'))
  await onto(isOn('summary'))
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'Formula' })).toBeVisible()
  await onto(isOn('section[aria-label=R] button'))
})

test('printed, a table stands without its controls', async ({ page, demo }) => {
  await signIn(page, demo, 'analyst')
  await page.goto(`${demo.url}/office/studies/1/analysis/tables?indicator=TFV_ANY_12M&by=sex`)
  await settled(page)
  await page.emulateMedia({ media: 'print' })
  await expect(page.locator('article table')).toBeVisible()
  await expect(page.getByText('SIMULATED DATA').first()).toBeVisible()
  await expect(page.locator('select:visible, button:visible, header:visible, nav:visible')).toHaveCount(0)
})
