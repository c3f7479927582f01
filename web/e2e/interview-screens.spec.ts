// Every screen of the page for interviews, at three widths in four languages: nobody is shut out, and pictures to be looked at.
import { DIFFICULTIES, everyType } from './every-type'
import { CONSENTING, PIN, Phone, expect, test } from './phone'
import { seen, seenInAll } from './seen'
import { field } from './survey'

const LANGUAGES = ['en', 'fr', 'es', 'ar']
const MOST_MS = 300_000

test('the screens of an enumerator', async ({ kish, phone }) => {
  const { device } = await field(kish, ['N-U-1-1', 'N-U-1-2'], undefined, undefined, true)
  test.setTimeout(MOST_MS)
  await phone.on()
  const { page } = phone
  await phone.canBeFull()
  await page.goto(`${kish.url}/i/`)
  await seenInAll(page, 'welcome')
  await page.getByLabel('Link').fill(kish.url + device)
  await page.getByRole('button', { name: 'Go on' }).click()
  await seenInAll(page, 'pin')
  await page.locator('main input').first().fill(PIN)
  await page.locator('main input').last().fill(PIN)
  await page.getByRole('button', { name: 'Use this PIN' }).click()
  await expect(page.getByText('Everything is up to date.')).toBeVisible()
  await phone.start('N-U-1-1')
  await phone.hold(CONSENTING, 'What have you read')
  for (const language of LANGUAGES) {
    await page.locator('#language').selectOption(language)
    await page.locator('.way .primary').click()
    await expect(page.locator('.refusal')).toHaveText(/\S/)
    await seen(page, `question-${language}`)
  }
  await page.locator('#language').selectOption('en')
  await phone.fill(true)
  await page.locator('label.answer').first().click()
  await expect(page.getByText('The device is full.')).toBeVisible()
  await seenInAll(page, 'full')
  await phone.fill(false)
  await page.locator('label.answer').first().click()
  await expect(page.getByText('The device is full.')).toBeHidden()
  await page.getByRole('button', { name: 'Leave it as it is' }).click()
  await seenInAll(page, 'list')
  await page.getByRole('button', { name: 'Continue N-U-1-1' }).click()
  await seenInAll(page, 'again')
  await page.getByRole('button', { name: 'Nobody else, go on' }).click()
  await phone.hold({ ...CONSENTING, 'Do you agree to take part': 'No' })
  await seenInAll(page, 'end')
})

test('the screens of sending and of the lock', async ({ kish, phone }) => {
  const { device } = await field(kish, ['N-U-1-1', 'N-U-1-2'], undefined, undefined, true)
  test.setTimeout(MOST_MS)
  await phone.on()
  const { page } = phone
  await phone.install(device)
  await phone.start('N-U-1-1')
  await phone.hold({ ...CONSENTING, 'May I ask you these questions': 'No' })
  await phone.context.setOffline(true)
  await phone.finish()
  await page.getByRole('button', { name: 'Send now' }).click()
  await expect(page.getByText('No connection.')).toBeVisible()
  await seenInAll(page, 'unsent')
  let goOn = (): void => undefined
  const held = new Promise<void>((resolve) => (goOn = resolve))
  await phone.context.route('**/submission', async (route) => {
    await held
    await route.continue()
  })
  await phone.context.setOffline(false)
  await expect(page.locator('progress')).toBeVisible()
  await seenInAll(page, 'sending')
  goOn()
  await expect(page.getByText('Sent and received: 1.')).toBeVisible()
  await seenInAll(page, 'sent')

  await page.reload()
  await page.getByRole('button', { name: 'PIN forgotten?' }).click()
  for (let wrong = 0; wrong < 3; wrong += 1) {
    await page.getByLabel('PIN', { exact: true }).fill('111111')
    await page.getByRole('button', { name: 'Open', exact: true }).click()
    await expect(page.getByRole('alert')).toHaveText(/\S/)
  }
  await seenInAll(page, 'locked')
  const second = await phone.context.newPage()
  await second.goto(`${kish.url}/i/`)
  await expect(second.getByText('This page is open in another tab or window already.')).toBeVisible()
  await seenInAll(second, 'elsewhere')
})

test('the screens of a person who answers by herself', async ({ kish, phone }) => {
  const { device } = await field(kish, ['SELF-88'], everyType(), ['en', 'ar'])
  test.setTimeout(MOST_MS)
  await phone.on()
  const { page } = phone
  await page.goto(`${phone.url}/i/#${device}/self`)
  await expect(page.getByRole('button', { name: 'Daily life' })).toBeVisible()
  await seenInAll(page, 'self-start')
  await page.getByRole('button', { name: 'Daily life' }).click()
  await expect(page.locator('#question')).toBeVisible()
  await seenInAll(page, 'self-question')
  const answers = { ...Object.fromEntries(DIFFICULTIES.map((of) => [`Do you have difficulty ${of}`, 'No difficulty'])), 'Your code': 'SELF-88', Language: 'English', 'Do you agree': 'No' }
  await phone.hold(answers)
  await seenInAll(page, 'self-end')
  await page.getByRole('button', { name: 'Finish' }).click()
  await expect(page.locator('h1')).toHaveText('Places that can help')
  await seenInAll(page, 'self-places')
  await page.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByText('Your answers were received.')).toBeVisible()
  await seenInAll(page, 'self-thanks')
})

test('the list of things to buy, in the language of the device', async ({ kish }) => {
  test.setTimeout(MOST_MS)
  const { device } = await field(kish, ['N-U-1-1'])
  for (const language of LANGUAGES) {
    const phone = new Phone(kish.url)
    await phone.on(false, language)
    const { page } = phone
    await page.goto(`${kish.url}/i/#${device}`)
    // The page's own script draws them after it has loaded.
    await page.locator('main input').first().waitFor()
    for (const input of await page.locator('main input').all()) await input.fill(PIN)
    await page.locator('main form button[type=submit]').click()
    await page.locator('#errand').waitFor()
    await page.locator('.bar button').nth(1).click()
    await page.locator('form[role=search] input').fill('111111')
    await seen(page, `paused-${language}`)
    await page.locator('form[role=search] input').fill(PIN)
    await page.locator('form[role=search] input').press('Enter')
    await page.locator('.bar .exit').click()
    await page.waitForURL(`${kish.url}/i/notes.html`)
    await seen(page, `left-${language}`)
    await phone.off()
    expect(phone.wrong).toEqual([])
  }
})
