// Signing in and out, with a second factor too.
import { createHmac } from 'node:crypto'
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

/** The code of a time step from now (RFC 6238: SHA-1, 30 seconds, six digits). */
function totp(secret: string, steps: number): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps))
  const mac = createHmac('sha1', key).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 15
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

test('with a second factor the password alone opens nothing', async ({ page, kish }) => {
  await signIn(page, kish, 'analyst')
  await page.getByRole('link', { name: 'Simulated analyst' }).click()
  await page.getByRole('button', { name: 'Set up a second factor' }).click()
  await expect(page.getByRole('img', { name: 'Scan with your authenticator app' })).toBeVisible()
  const secret = ((await page.locator('p.hash').textContent()) ?? '').trim()
  await page.getByLabel('Code from the app').fill(totp(secret, 0))
  await page.getByRole('button', { name: 'Put it in force' }).click()
  await expect(page.getByText('The second factor is in force')).toBeVisible()
  await page.getByRole('button', { name: 'Sign out' }).click()
  const { email, password } = kish.login('analyst')
  const enter = async (code: string) => {
    await page.getByLabel('E-mail address').fill(email)
    await page.getByLabel('Password').fill(password)
    await page.getByLabel('Code of the second factor').fill(code)
    await page.locator('form button[type=submit]').click()
  }
  await enter('')
  await expect(page.getByRole('alert')).toContainText('wrong')
  await enter(totp(secret, 1))
  await expect(page.getByRole('heading', { level: 1, name: 'Studies' })).toBeVisible()
})
