// Keys alone, and a person who answers by herself: every type of question, and nothing kept.
import type { Page } from '@playwright/test'
import { DIFFICULTIES, everyType } from './every-type'
import { PAPER, PIN, expect, test, type Phone } from './phone'
import { seen } from './seen'
import { field } from './survey'

async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key)
}

test('an interview is held with keys alone', async ({ kish, phone }) => {
  const { device } = await field(kish, ['N-U-1-1'])
  await phone.on()
  const { page } = phone
  await page.goto(`${kish.url}/i/#${device}`)
  await page.locator('input').first().focus()
  await page.keyboard.type(PIN)
  await press(page, 'Tab')
  await page.keyboard.type(PIN)
  await press(page, 'Enter')
  // Nothing can be begun before the questionnaire is there.
  await expect(page.getByText('Everything is up to date.')).toBeVisible()
  for (let i = 0; i < 20 && !(await page.evaluate(() => document.activeElement?.matches('main form input'))); i++) await press(page, 'Tab')
  await page.keyboard.type('N-U-1-1')
  await press(page, 'Enter')
  await expect(page.locator('#question')).toBeFocused()
  await expect(page.locator('#question')).toHaveText('Case code')
  await press(page, 'Tab', 'Enter')
  await expect(page.locator('#question')).toHaveText('Language of this visit')
  await expect(page.locator('#question')).toBeFocused()
  await press(page, 'Tab', 'Space', 'ArrowDown', 'ArrowUp', 'Enter')
  await expect(page.locator('#question')).toContainText('Who is interviewed')
  await press(page, 'Enter', 'Tab', 'Tab', 'Tab', 'Enter')
  await expect(page.getByRole('alert').filter({ hasText: /\S/ })).toHaveText('An answer is needed here.')
  await press(page, 'Escape', 'Escape')
  await expect(page.locator('body')).toHaveText(PAPER, { useInnerText: true })
})

async function bySelf(phone: Phone, device: string): Promise<void> {
  await phone.on()
  await phone.page.goto(`${phone.url}/i/#${device}/self`)
  await phone.page.getByRole('button', { name: 'Daily life' }).click()
}

test('a person answers by herself, every type of question, is offered help, and nothing is kept', async ({ kish, phone }) => {
  const { device, study } = await field(kish, ['CANARY-88'], everyType(), ['en', 'ar'])
  await bySelf(phone, device)
  const { page } = phone
  const next = (): Promise<void> => page.locator('.way .primary').click()
  const asked = async (title: string | RegExp): Promise<void> => {
    await expect(page.locator('#question')).toHaveText(title)
    await seen(page, `self-${(await page.locator('#question').innerText()).replace(/\W+/g, '-')}`, [360])
  }
  await asked('Your code')
  await page.locator('.typed').fill('CANARY-88')
  await next()
  await page.getByLabel('English', { exact: true }).check()
  await next()
  await page.getByLabel('Yes', { exact: true }).check()
  await next()
  await page.getByLabel('Female').check()
  await next()
  await page.locator('.typed').fill('٣٤')
  await next()
  for (const of of DIFFICULTIES) {
    await expect(page.locator('#question')).toContainText(of)
    await page.getByLabel('No difficulty').check()
    await next()
  }
  await asked('How many hours?')
  await page.locator('.typed').fill('1,5')
  await next()
  await asked('Since when?')
  await page.locator('.typed').fill('2026-02-03')
  await next()
  await asked('Which of these?')
  await page.getByLabel('Two things').check()
  await next()
  await asked('In which order?')
  for (const name of ['Three', 'One', 'Two']) await page.getByRole('button', { name: new RegExp(name) }).click()
  await seen(page, 'self-ranked', [360])
  await next()
  await asked('How much?')
  await page.getByRole('slider').fill('4')
  await next()
  await asked('You have read this.')
  await page.getByLabel('Yes, read').check()
  await next()
  await page.locator('.typed').fill('7')
  await next()
  await asked(/one more/)
  await page.getByRole('button', { name: 'Add one' }).click()
  await page.locator('.typed').fill('9')
  await next()
  await next()
  await asked('Thank you.')
  await page.getByRole('button', { name: 'Help' }).click()
  await expect(page.getByText('SIMULATED service')).toBeVisible()
  await seen(page, 'self-help', [360])
  await page.getByRole('button', { name: 'Done' }).click()
  await next()
  await page.getByRole('button', { name: 'Finish' }).click()
  await expect(page.locator('h1')).toHaveText('Places that can help')
  await page.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByText('Your answers were received.')).toBeVisible()
  await seen(page, 'self-thanks', [360])
  const waits = await kish.json<unknown>('ethics-reviewer', 'GET', `/v1/projects/${study}/set-aside`)
  expect(waits, 'nothing was set aside').toMatchObject({ records: [] })
  await phone.off()
  expect(phone.filesWith('CANARY-88')).toEqual([])
  expect(phone.filesWith('case_code')).toEqual([])
})
