// What every test in the browser has: servers, a page that speaks to nobody else, and signing in.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test as base, expect, type BrowserContext, type Page } from '@playwright/test'
import type { Role } from '../src/office/session'
import { startDemo, startKish, type Kish } from './server'

interface OfTest {
  /** An empty server of this test's own. */
  kish: Kish
  /** Fails the test where the page asks another host, breaks its policy or throws. */
  watched: undefined
}

interface OfWorker {
  /** A simulated survey that several tests read. */
  demo: Kish
}

const DEMO_RESPONDENTS = 400

export const test = base.extend<OfTest, OfWorker>({
  // eslint-disable-next-line no-empty-pattern -- the shape Playwright asks for
  kish: async ({}, use) => {
    const kish = await startKish()
    await use(kish)
    kish.stop()
  },
  demo: [
    // eslint-disable-next-line no-empty-pattern -- the shape Playwright asks for
    async ({}, use) => {
      const demo = await startDemo(DEMO_RESPONDENTS)
      await use(demo)
      demo.stop()
    },
    { scope: 'worker', timeout: 240_000 },
  ],
  watched: [
    async ({ page, context }, use) => {
      if (process.env['PAGES_FROM_DIST']) await takeFromDist(context)
      const wrong: string[] = []
      page.on('request', (request) => {
        const url = new URL(request.url())
        if (!['127.0.0.1', 'localhost', ''].includes(url.hostname)) wrong.push(`asked ${url.host}`)
      })
      page.on('pageerror', (error) => wrong.push(`threw ${error.message}`))
      page.on('console', (message) => {
        if (/Content.Security.Policy/i.test(message.text())) wrong.push(message.text())
      })
      await use(undefined)
      expect(wrong).toEqual([])
    },
    { auto: true },
  ],
})

export { expect }

/**
 * Hands out the files that were just built in place of those in the program, with the program's own headers: pages can be tried without
 * building it anew. Not in `scripts/test`.
 */
export async function takeFromDist(context: BrowserContext): Promise<void> {
  const dist = join(import.meta.dirname, '../dist')
  await context.route(/\/(office|assets|i)(\/|$)/, async (route) => {
    const url = new URL(route.request().url())
    const office = await fetch(`${url.origin}/office/`)
    const inDist = url.pathname.startsWith('/office') ? 'office/index.html' : url.pathname.replace(/\/$/, '/index.html').slice(1)
    const path = join(dist, inDist)
    const headers = { 'content-security-policy': office.headers.get('content-security-policy') ?? '' }
    await (existsSync(path) ? route.fulfill({ path, headers }) : route.continue())
  })
}

/** Signs in by the page as someone of a role. */
export async function signIn(page: Page, kish: Kish, role: Role): Promise<void> {
  const { email, password } = kish.login(role)
  await page.goto(`${kish.url}/office/sign-in`)
  await page.locator('input[type=email]').fill(email)
  await page.locator('input[type=password]').fill(password)
  await page.locator('form button[type=submit]').click()
  await page.waitForURL((url) => !url.pathname.endsWith('/sign-in'))
}
