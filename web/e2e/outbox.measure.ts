// How fast an outbox of 500 interviews is: measured by hand (`npm run measure`), since it takes minutes and says how long, and not whether.
import type { Page } from '@playwright/test'
import { filled } from './outbox'
import { CONSENTING, PIN, expect, test } from './phone'
import { field, outcomes, shipped } from './survey'

const CASES = 500
const LONG_MS = 100

test('an outbox of 500 interviews is opened, searched, scrolled and sent', async ({ kish, phone }) => {
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
  await page.getByLabel('PIN').fill(PIN)
  const frames = await watched(page)

  const opened = `${await openedAfter(page, `Finished, still on this device: ${CASES}`)} ms; ${await frames()}`
  await page.getByRole('searchbox').waitFor()
  await frames()
  for (const [text, found] of [['N-U-1-1-4', 111], ['N-U-1-1-499', 1], ['', CASES]] as const) {
    await page.getByRole('searchbox').fill(text)
    await expect(page.locator('.cases li')).toHaveCount(found)
  }
  const searched = await frames()

  const from = performance.now()
  await phone.context.setOffline(false)
  await page.getByRole('button', { name: 'Send now' }).click()
  const received = page.getByText(`Sent and received: ${CASES}.`)
  await page.mouse.move(180, 400)
  for (let turn = 0; !(await received.isVisible()); turn += 1) {
    // Somebody is there and scrolls: a page that nobody touches for a minute locks, and sends nothing while it is locked.
    await page.keyboard.press('Shift')
    await page.mouse.wheel(0, turn % 40 < 20 ? 800 : -800)
    await page.waitForTimeout(100)
  }
  const sent = `${Math.round(performance.now() - from)} ms; ${await frames()}`
  console.log(`an outbox of ${CASES}\n  opened: ${opened}\n  searched three times: ${searched}\n  sent while it is scrolled: ${sent}`)
  expect(await outcomes(kish, study)).toEqual({ 1: CASES })
})

/** Watches the page's frames; gives what tells of those since it was last asked. */
async function watched(page: Page): Promise<() => Promise<string>> {
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
  return async () => {
    const gaps = await page.evaluate(() => (window as unknown as { gaps: number[] }).gaps.splice(0))
    return `${gaps.length} frames, the longest ${Math.round(Math.max(...gaps))} ms, over ${LONG_MS} ms ${gaps.filter((gap) => gap > LONG_MS).length}`
  }
}

/** Presses Open; gives the milliseconds until the words were in the page and laid out. */
function openedAfter(page: Page, words: string): Promise<number> {
  return page.evaluate(async (words) => {
    const from = performance.now()
    document.querySelector<HTMLButtonElement>('button[type=submit]')?.click()
    while (!document.querySelector('[aria-labelledby=errand]')?.textContent?.includes(words)) await new Promise(requestAnimationFrame)
    document.body.getBoundingClientRect()
    return Math.round(performance.now() - from)
  }, words)
}
