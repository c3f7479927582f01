// Signing in and out.
import { expect, signIn, test } from './fixtures'

test('a session lasts over a reload, keeps nothing a script could read, and ends', async ({ page, kish }) => {
  await signIn(page, kish, 'coordinator')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Studies')
  await page.reload()
  await expect(page.getByText('Simulated coordinator')).toBeVisible()
  expect(await page.evaluate(() => [document.cookie, localStorage.length, sessionStorage.length])).toEqual(['', 0, 0])
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sign in')
  await page.goto(`${kish.url}/office/`)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sign in')
})

test('a wrong password is said in the language of the page', async ({ page, kish }) => {
  await page.goto(`${kish.url}/office/`)
  await page.getByLabel('Language').selectOption('fr')
  await page.locator('input[type=email]').fill('coordinator@office.example')
  await page.locator('input[type=password]').fill('wrong')
  await page.locator('form button[type=submit]').click()
  await expect(page.getByRole('alert')).toContainText('incorrect')
  await page.getByLabel('Langue').selectOption('ar')
  await expect(page.locator('html')).toHaveAttribute('dir', 'rtl')
})

test('the page of an interview says nothing of its subject', async ({ page, kish }) => {
  await page.goto(`${kish.url}/i/`)
  await expect(page).toHaveTitle('Notes')
})
