// Leaving and pausing: the page, its title, Back and the device's files show nothing of the interview.
import { CONSENTING, PAPER, PIN, expect, test, type Phone } from './phone'
import { field, shipped } from './survey'

const CODE = 'CANARY-7Q4'
const SENSITIVE = /Since you were 15/

async function held(phone: Phone, device: string, until = 'Since you were 15', isTyped = false): Promise<void> {
  await phone.on()
  await phone.install(device, isTyped)
  await phone.start(CODE)
  await phone.hold(CONSENTING, until)
}

test('the quick exit empties the screen in the same frame and leaves nothing behind', async ({ kish, phone }) => {
  const { device } = await field(kish, [CODE])
  await held(phone, device)
  await expect(phone.page.locator('body')).toContainText(SENSITIVE)
  const length = await phone.page.evaluate(() => history.length)

  await phone.context.setOffline(true)
  const left = await phone.page.evaluate(() => {
    const button = [...document.querySelectorAll('button')].find((one) => one.textContent?.trim() === 'Leave')
    button?.click()
    return document.body.innerText + document.title
  })
  expect(left.trim()).toBe('Notes')
  await phone.page.waitForURL(`${kish.url}/i/notes.html`)
  await expect(phone.page.locator('body')).toHaveText(PAPER, { useInnerText: true })
  await expect(phone.page).toHaveTitle('Notes')
  expect(await phone.page.evaluate(() => history.length)).toBe(length)
  await phone.page.goBack()
  await expect(phone.page.locator('body')).not.toContainText(SENSITIVE)
  expect(phone.page.url()).not.toContain('/v1/key/')
})

test('Escape twice leaves too, also from where something is typed; once does not', async ({ kish, phone }) => {
  const { device } = await field(kish, [CODE])
  await held(phone, device, 'How many (women')
  await phone.page.locator('input.typed').focus()
  await phone.page.keyboard.press('Escape')
  await phone.page.waitForTimeout(1000)
  await phone.page.keyboard.press('Escape')
  await expect(phone.page.locator('#question')).toBeVisible()
  await phone.page.keyboard.press('Escape')
  await phone.page.waitForURL(`${kish.url}/i/notes.html`)
  await expect(phone.page.locator('body')).toHaveText(PAPER, { useInnerText: true })
})

test('a pause looks like a list of things to buy until the PIN is typed, and asks for privacy again', async ({ kish, phone }) => {
  const { device } = await field(kish, [CODE])
  await held(phone, device)
  const question = await phone.page.locator('h1').innerText()
  await phone.page.getByRole('button', { name: 'Pause' }).click()
  await expect(phone.page.locator('body')).toHaveText(PAPER, { useInnerText: true })
  await expect(phone.page).toHaveTitle('Notes')
  const search = phone.page.getByRole('textbox', { name: 'Search' })
  await search.fill('111111')
  await search.press('Enter')
  await expect(phone.page.getByText('Nothing found.')).toBeVisible()
  await search.fill(PIN)
  await search.press('Enter')
  await expect(phone.page.locator('h1')).toHaveText('Before you go on')
  await expect(phone.page.locator('body')).not.toContainText(SENSITIVE)
  await phone.page.getByRole('button', { name: 'Nobody else, go on' }).click()
  await expect(phone.page.locator('h1')).toHaveText(question)
})

test('a minute in which nobody touches it locks the page', async ({ kish, phone }) => {
  const { device } = await field(kish, [CODE])
  await phone.on()
  await phone.page.clock.install()
  await phone.install(device)
  await phone.start(CODE)
  await phone.page.clock.runFor(55_000)
  await expect(phone.page.locator('#question')).toBeVisible()
  await phone.page.keyboard.press('Tab')
  await phone.page.clock.runFor(55_000)
  await expect(phone.page.locator('#question')).toBeVisible()
  await phone.page.clock.runFor(6_000)
  await expect(phone.page.locator('body')).toHaveText(PAPER, { useInnerText: true })
})

// A link that was opened stays in the browser's own history with its token, which opens no interview; one typed into the page does not.
test('no file of the profile holds an answer, a question, a case or a token that was typed', async ({ kish, phone }) => {
  const { device } = await field(kish, [CODE])
  await held(phone, device, 'Since you were 15', true)
  // Proof that such a search finds what a page leaves in the clear.
  await phone.page.evaluate(() => localStorage.setItem('planted', 'CANARY-PLANTED'))
  await phone.page.getByRole('button', { name: 'Leave', exact: true }).click()
  await phone.page.waitForURL(`${kish.url}/i/notes.html`)
  await phone.page.waitForTimeout(2000)
  await phone.off()
  expect(phone.filesWith('CANARY-PLANTED').length).toBeGreaterThan(0)

  const token = device.split('/')[3] ?? ''
  const words = ['<case_code>', 'case_code', 'fielded_sex', 'Since you were 15', 'Health, safety', 'tfvaw']
  for (const word of words) expect([...shipped().values(), '<case_code>'].join(), `${word} is a word of the form`).toContain(word)
  for (const canary of [CODE, token, ...words]) expect(phone.filesWith(canary), canary).toEqual([])
})
