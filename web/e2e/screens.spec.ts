// Every screen of the office: no serious finding of axe, in both schemes; and pictures in four languages at three widths, to be looked at.
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { Browser, Page } from '@playwright/test'
import type { Role } from '../src/office/session'
import { LANGUAGES } from '../src/shared/i18n'
import { expect, signIn, takeFromDist, test } from './fixtures'
import { DOSSIER_TEXTS } from './office'
import type { Kish } from './server'

const WIDTHS = [360, 768, 1440]
const PICTURES = join(import.meta.dirname, '../test-results/screens')

/** The demo's study is the first; what is asked about it now waits for a decision. */
const SCREENS: [string, Role, (review: number) => string][] = [
  ['studies', 'coordinator', () => '/'],
  ['study', 'coordinator', () => '/studies/1'],
  ['forms', 'coordinator', () => '/studies/1/forms'],
  ['form', 'coordinator', () => '/studies/1/forms/tfvaw'],
  ['ask', 'coordinator', () => '/studies/1/forms/tfvaw/ask'],
  ['sample', 'coordinator', () => '/studies/1/sample'],
  ['devices', 'coordinator', () => '/studies/1/devices'],
  ['fieldwork', 'coordinator', () => '/studies/1/fieldwork'],
  ['people', 'coordinator', () => '/people'],
  ['account', 'coordinator', () => '/account'],
  ['nothing', 'coordinator', () => '/nowhere'],
  ['reviews', 'ethics-reviewer', () => '/studies/1/reviews'],
  ['review-decided', 'ethics-reviewer', () => '/studies/1/forms/tfvaw/reviews/1'],
  ['review-waiting', 'ethics-reviewer', (review) => `/studies/1/forms/tfvaw/reviews/${review}`],
  ['stops', 'ethics-reviewer', () => '/studies/1/stops'],
]

async function askAgain(demo: Kish): Promise<number> {
  const dossier = { ...DOSSIER_TEXTS, trainingHours: 1 }
  return (await demo.json<{ id: number }>('coordinator', 'POST', '/v1/projects/1/forms/tfvaw/reviews', dossier)).id
}

async function serious(page: Page, without: string[] = []): Promise<string[]> {
  const { violations } = await without.reduce((axe, part) => axe.exclude(part), new AxeBuilder({ page })).analyze()
  const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  return bad.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`))
}

async function open(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await expect(page.locator('main h1').first()).toBeVisible()
}

/** A page signed in as someone, in a language. */
async function pageOf(browser: Browser, demo: Kish, role: Role, locale: string): Promise<Page> {
  const context = await browser.newContext({ locale })
  if (process.env['PAGES_FROM_DIST']) await takeFromDist(context)
  const page = await context.newPage()
  await signIn(page, demo, role)
  return page
}

test('no screen has a serious finding of axe, in light and in dark', async ({ browser, demo }) => {
  test.setTimeout(600_000)
  const review = await askAgain(demo)
  for (const role of ['coordinator', 'ethics-reviewer'] as const) {
    const page = await pageOf(browser, demo, role, 'en')
    for (const [name, , path] of SCREENS.filter(([, who]) => who === role)) {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await open(page, `${demo.url}/office${path(review)}`)
        // The questionnaire is long, and printed black on white in both.
        const without = name === 'review-decided' || colorScheme === 'dark' ? ['.questionnaire'] : []
        expect(await serious(page, without), `${name}, ${colorScheme}`).toEqual([])
      }
    }
    await page.context().close()
  }
})

test('the sign-in page and an open dialog have none either', async ({ page, demo }) => {
  await open(page, `${demo.url}/office/sign-in`)
  expect(await serious(page)).toEqual([])
  await signIn(page, demo, 'ethics-reviewer')
  await open(page, `${demo.url}/office/studies/1/stops`)
  await page.getByRole('button', { name: 'Stop now' }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  expect(await serious(page)).toEqual([])
})

test('pictures of every screen, none wider than its window', async ({ browser, demo }) => {
  test.setTimeout(900_000)
  const review = await askAgain(demo)
  const wide: string[] = []
  for (const language of LANGUAGES) {
    for (const role of ['coordinator', 'ethics-reviewer'] as const) {
      const page = await pageOf(browser, demo, role, language)
      for (const [name, , path] of SCREENS.filter(([, who]) => who === role)) {
        await open(page, `${demo.url}/office${path(review)}`)
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 900 })
          const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
          if (over > 0) wide.push(`${name}, ${language}, ${width}: ${over} too wide`)
          await page.screenshot({ path: join(PICTURES, `${name}-${language}-${width}.png`), fullPage: true })
        }
      }
      await page.context().close()
    }
  }
  expect(wide).toEqual([])
})
