// An enumerator's day: everything is asked without a network, through reloads and restarts, and received once.
import { CONSENTING, expect, test } from './phone'
import { field, outcomes, shipped } from './survey'

const CASES = ['N-U-1-1', 'N-U-1-2', 'N-U-1-3']
const REFUSING = { ...CONSENTING, 'Do you agree to take part': 'No' }
const INTERRUPTED = { ...CONSENTING, 'How did the interview end': 'It was interrupted' }

test('three interviews without a network, a restart in between, each received once', async ({ kish, phone }) => {
  const { study, device } = await field(kish, CASES, shipped(), ['en'], true)
  await phone.on()
  await phone.install(device)
  expect(phone.page.url()).toBe(`${kish.url}/i/`)

  await phone.context.setOffline(true)
  await phone.page.reload()
  await phone.unlock()
  await phone.start('N-U-1-1')
  await phone.hold(CONSENTING, 'How old are you')
  await phone.off()

  await phone.on(true)
  await phone.open()
  await phone.start('N-U-1-2')
  expect(await phone.hold(REFUSING)).not.toContain('How old are you, in completed years?')
  await phone.finish()
  await phone.start('N-U-1-3')
  await phone.hold(CONSENTING)
  await phone.finish()
  await phone.page.getByRole('button', { name: 'Continue N-U-1-1' }).click()
  await phone.page.getByRole('button', { name: 'Nobody else, go on' }).click()
  await expect(phone.page.locator('h1')).toContainText('How old are you')
  await phone.hold(INTERRUPTED)
  await phone.finish()
  await phone.page.getByRole('button', { name: 'Send now' }).click()
  await expect(phone.page.getByText('No connection. Nothing is lost')).toBeVisible()
  await expect(phone.page.getByText('Finished, still on this device: 3')).toBeVisible()
  expect(await outcomes(kish, study)).toEqual({})
  await phone.off()

  await phone.on()
  let isFirst = true
  await phone.context.route('**/submission', async (route) => {
    if (isFirst) await route.fetch()
    if (isFirst) await route.abort()
    else await route.continue()
    isFirst = false
  })
  // Opened, it sends by itself what waits.
  await phone.open()
  await expect(phone.page.getByText('No connection. Nothing is lost')).toBeVisible()
  expect(Object.values(await outcomes(kish, study))).toEqual([1])
  await phone.page.getByRole('button', { name: 'Send now' }).click()
  await expect(phone.page.getByText('Sent and received: 3.')).toBeVisible()
  expect(await outcomes(kish, study)).toEqual({ 1: 1, 2: 1, 4: 1 })
  await expect(phone.page.locator('.cases .tag')).toHaveText(['received', 'received', 'received'])
})
