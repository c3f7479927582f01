// What waits is sent by itself: when a network comes to a page that was loaded without one, and when a locked page is opened again.
import { CONSENTING, PAPER, PIN, expect, test, type Phone } from './phone'
import { field, outcomes } from './survey'

const CODE = 'N-U-1-1'
const SHORT = { ...CONSENTING, 'May I ask you these questions': 'No' }
const ONE_RECEIVED = { 5: 1 }
/** Longer than a server that was not reached is left alone. */
const BY_ITSELF_MS = 40_000

/** One interview is finished without a network. */
async function finishedOffline(phone: Phone, device: string): Promise<void> {
  await phone.on()
  await phone.install(device)
  await phone.start(CODE)
  await phone.hold(SHORT)
  await phone.context.setOffline(true)
  await phone.finish()
  await expect(phone.page.getByText('Finished, still on this device: 1')).toBeVisible()
}

test('a page that was loaded without a network sends by itself once there is one', async ({ kish, phone }) => {
  const { device, study } = await field(kish, [CODE])
  await finishedOffline(phone, device)
  await phone.page.reload()
  await phone.unlock()
  await expect(phone.page.getByText('Finished, still on this device: 1')).toBeVisible()
  expect(await outcomes(kish, study)).toEqual({})
  await phone.context.setOffline(false)
  await expect(phone.page.getByText('Sent and received: 1.')).toBeVisible({ timeout: BY_ITSELF_MS })
  expect(await outcomes(kish, study)).toEqual(ONE_RECEIVED)
})

test('a network that comes while the page is locked sends nothing; opened, it sends by itself', async ({ kish, phone }) => {
  const { device, study } = await field(kish, [CODE])
  await finishedOffline(phone, device)
  await expect(phone.page.getByText('Nothing is sent while this page is locked.')).toBeVisible()
  await phone.page.getByRole('button', { name: 'Pause' }).click()
  await phone.context.setOffline(false)
  await phone.page.waitForTimeout(1000)
  await expect(phone.page.locator('body')).toHaveText(PAPER, { useInnerText: true })
  expect(await outcomes(kish, study)).toEqual({})
  const search = phone.page.getByRole('textbox', { name: 'Search' })
  await search.fill(PIN)
  await search.press('Enter')
  await expect(phone.page.getByText('Sent and received: 1.')).toBeVisible()
  expect(await outcomes(kish, study)).toEqual(ONE_RECEIVED)
})
