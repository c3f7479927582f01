// Every journey of the office by the keyboard alone.
import type { Locator, Page } from '@playwright/test'
import { expect, test } from './fixtures'
import { DOSSIER_TEXTS } from './office'
import type { Kish } from './server'

const MOST = 80

/** Presses Tab until something has the focus. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  for (let n = 0; n < MOST; n += 1) {
    const is = await wanted.evaluateAll((all) => all.length === 1 && all[0] === document.activeElement)
    if (is) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`the keyboard does not reach ${wanted}`)
}

async function press(page: Page, wanted: Locator, key = 'Enter'): Promise<void> {
  await tabTo(page, wanted)
  await page.keyboard.press(key)
}

async function type(page: Page, wanted: Locator, text: string): Promise<void> {
  await tabTo(page, wanted)
  await page.keyboard.type(text)
}

async function signInByKeys(page: Page, kish: Kish): Promise<void> {
  const { email, password } = kish.login('ethics-reviewer')
  await page.goto(`${kish.url}/office/`)
  await type(page, page.getByLabel('E-mail address'), email)
  await type(page, page.getByLabel('Password'), password)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { level: 1, name: 'Studies' })).toBeVisible()
}

test('a reviewer finds what waits and decides it without a mouse', async ({ page, demo }) => {
  test.setTimeout(180_000)
  const asked = { ...DOSSIER_TEXTS, trainingHours: 1 }
  const { id } = await demo.json<{ id: number }>('coordinator', 'POST', '/v1/projects/1/forms/tfvaw/reviews', asked)
  await signInByKeys(page, demo)
  await press(page, page.getByRole('link', { name: 'Simulated survey' }))
  await press(page, page.getByRole('navigation', { name: 'Places of the study' }).getByRole('link', { name: 'Ethics review' }))
  await press(page, page.locator(`a[href$="/reviews/${id}"]`))
  await type(page, page.getByLabel('Committee', { exact: true }), 'Simulated committee')
  await type(page, page.getByLabel('Reference of the decision'), 'SIM-2')
  await type(page, page.getByLabel('In force until'), '12312027')
  await press(page, page.getByRole('checkbox', { name: 'en', exact: true }), 'Space')
  await press(page, page.getByRole('checkbox', { name: 'face to face' }), 'Space')
  await press(page, page.getByRole('checkbox', { name: 'women', exact: true }), 'Space')
  await press(page, page.getByRole('button', { name: 'Enter the decision' }))
  await press(page, page.getByRole('button', { name: 'Enter it for good' }))
  await expect(page.locator('dl.facts')).toContainText('SIM-2')
})

test('a stop is asked for once, can be thought better of, and holds', async ({ page, demo }) => {
  await signInByKeys(page, demo)
  await page.goto(`${demo.url}/office/studies/1/stops`)
  const stop = page.getByRole('button', { name: 'Stop now' })
  await press(page, stop)
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(stop).toBeFocused()
  await page.keyboard.press('Enter')
  await type(page, page.getByLabel('Why, without naming anyone'), 'a simulated danger')
  await press(page, page.getByRole('button', { name: 'Stop', exact: true }))
  await expect(page.getByText('a simulated danger')).toBeVisible()
  await press(page, page.getByRole('button', { name: 'Lift the stop' }))
  await press(page, page.getByRole('dialog').getByRole('button', { name: 'Lift the stop' }))
  await expect(page.getByText('No stop stands')).toBeVisible()
})

test('what a role may not do is not shown', async ({ page, demo }) => {
  await signInByKeys(page, demo)
  await press(page, page.getByRole('link', { name: 'Simulated survey' }))
  const places = page.getByRole('navigation', { name: 'Places of the study' })
  await expect(places.getByRole('link', { name: 'Ethics review' })).toBeVisible()
  await expect(places.getByRole('link', { name: 'Devices' })).toHaveCount(0)
  await page.goto(`${demo.url}/office/studies/1/devices`)
  await expect(page.getByRole('heading', { level: 1, name: 'Nothing here' })).toBeVisible()
  await page.goto(`${demo.url}/office/people`)
  await expect(page.getByRole('heading', { level: 1, name: 'Nothing here' })).toBeVisible()
})
