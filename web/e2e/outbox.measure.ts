// How fast an outbox of 500 interviews is: measured by hand (`npm run measure`), since it takes minutes and says how long, and not whether.
import { filled } from './outbox'
import { CONSENTING, PIN, expect, test } from './phone'
import { field, outcomes, shipped } from './survey'

const CASES = 500

test('an outbox of 500 interviews is opened, searched and sent', async ({ kish, phone }) => {
  const codes = ['N-U-1-1', ...Array.from({ length: CASES - 1 }, (_, place) => `N-U-1-1-${place + 2}`)]
  const { device, study } = await field(kish, codes, shipped(), ['en'], true)
  test.setTimeout(600_000)
  await phone.on()
  const { page } = phone
  await phone.install(device)
  await phone.start('N-U-1-1')
  await phone.hold(CONSENTING)
  await phone.context.setOffline(true)
  await phone.finish()
  await page.reload()
  await filled(page, PIN, CASES)
  await page.reload()
  await page.evaluate(() => {
    const gaps: number[] = []
    let last = performance.now()
    const tick = (now: number): void => {
      gaps.push(now - last)
      last = now
      requestAnimationFrame(tick)
    }
    requestAnimationFrame(tick)
    Object.assign(window, { gaps })
  })
  const worst = (): Promise<number> => page.evaluate(() => Math.round(Math.max(...(window as unknown as { gaps: number[] }).gaps.splice(0))))
  const timed = async (act: () => Promise<void>): Promise<string> => {
    const from = performance.now()
    await act()
    return `${Math.round(performance.now() - from)} ms, the longest frame ${await worst()} ms`
  }
  await worst()
  const opened = await timed(async () => {
    await phone.unlock()
    await expect(page.getByText(`Finished, still on this device: ${CASES}`)).toBeVisible()
  })
  const searched = await timed(async () => {
    for (const [text, found] of [['N-U-1-1-4', 111], ['N-U-1-1-499', 1], ['', CASES]] as const) {
      await page.getByRole('searchbox').fill(text)
      await expect(page.locator('.cases li')).toHaveCount(found)
    }
  })
  const sent = await timed(async () => {
    await phone.context.setOffline(false)
    // Somebody is there: a page that nobody touches for a minute locks, and sends nothing while it is locked.
    const received = page.getByText(`Sent and received: ${CASES}.`)
    const go = page.getByRole('button', { name: 'Send now' })
    while (!(await received.isVisible())) {
      if (await go.isVisible()) await go.click()
      await page.keyboard.press('Shift')
      await page.waitForTimeout(1000)
    }
  })
  console.log(`an outbox of ${CASES}: opened in ${opened}; searched three times in ${searched}; sent in ${sent}`)
  // They are copies, and name the same case inside: one is counted, and the others are kept aside. The device may forget all of them.
  expect(await outcomes(kish, study)).toEqual({ 1: 1 })
})
