// What every test in the browser has: servers, a page that speaks to nobody else, and signing in.
import { test as base, expect, type Page } from '@playwright/test'
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
    async ({ page }, use) => {
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

/** Signs in by the page as someone of a role. */
export async function signIn(page: Page, kish: Kish, role: Role): Promise<void> {
  const { email, password } = kish.login(role)
  await page.goto(`${kish.url}/office/sign-in`)
  await page.locator('input[type=email]').fill(email)
  await page.locator('input[type=password]').fill(password)
  await page.locator('form button[type=submit]').click()
  await page.waitForURL((url) => !url.pathname.endsWith('/sign-in'))
}
