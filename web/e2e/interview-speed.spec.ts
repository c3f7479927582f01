// How fast the interview's page is: its first load on a slow phone, the next question, and long lists.
import type { Page } from '@playwright/test'
import { CONSENTING, expect, test } from './phone'
import { field, shipped } from './survey'

const MOST_BYTES = 600_000
const FIRST_LOAD_MS = 2_500
const NEXT_MS = 50
/** Lighthouse's phone: slow 4G, and a processor four times slower than this one. */
const SLOW = { offline: false, latency: 150, downloadThroughput: (1.6 * 1024 * 1024) / 8, uploadThroughput: (750 * 1024) / 8 }
const SLOWER_PROCESSOR = 4
const RUNS = 3
const CASES = 500

test('the first load is small, and usable soon on a slow phone', async ({ kish, phone }) => {
  const { device } = await field(kish, ['N-U-1-1'])
  await phone.on()
  const times: number[] = []
  for (let run = 0; run < RUNS; run++) {
    const page = await phone.context.newPage()
    await slowed(page)
    await page.goto(`${kish.url}/i/#${device}`)
    await page.locator('input').first().waitFor()
    times.push(await page.evaluate(() => performance.now()))
    await page.close()
  }
  const loaded = await counted(phone.page)
  await phone.install(device)
  const first = loaded()
  await phone.start('N-U-1-1')
  console.log(`first load: ${first} bytes, ${loaded()} with the logic of forms; usable after ${times.map(Math.round).join(', ')} ms`)
  expect(first).toBeGreaterThan(50_000)
  expect(loaded()).toBeGreaterThan(first)
  expect(loaded()).toBeLessThanOrEqual(MOST_BYTES)
  expect(Math.min(...times)).toBeLessThanOrEqual(FIRST_LOAD_MS)
})

/** A page on a slow phone that was never there before. */
async function slowed(page: Page): Promise<void> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Network.enable')
  await cdp.send('Network.setCacheDisabled', { cacheDisabled: true })
  await cdp.send('Network.setBypassServiceWorker', { bypass: true })
  await cdp.send('Network.emulateNetworkConditions', SLOW)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOWER_PROCESSOR })
}

/** Counts what the page loads of itself, as it comes over the line; what it asks the interface for is not the page. */
async function counted(page: Page): Promise<() => number> {
  const cdp = await page.context().newCDPSession(page)
  const [names, sizes] = [new Map<string, string>(), new Map<string, number>()]
  cdp.on('Network.requestWillBeSent', ({ requestId, request }) => names.set(requestId, request.url))
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => sizes.set(requestId, encodedDataLength))
  await cdp.send('Network.enable')
  await cdp.send('Network.setCacheDisabled', { cacheDisabled: true })
  await cdp.send('Network.setBypassServiceWorker', { bypass: true })
  return () => [...sizes].filter(([id]) => !names.get(id)?.includes('/v1/')).reduce((sum, [, size]) => sum + size, 0)
}

test('the next question is there at once', async ({ kish, phone }) => {
  const { device } = await field(kish, ['N-U-1-1'])
  await phone.on()
  await phone.install(device)
  await phone.start('N-U-1-1')
  await phone.page.evaluate(() => {
    const times: number[] = []
    Object.assign(window, { times })
    document.addEventListener(
      'click',
      (event) => {
        if (!(event.target as Element).closest('.way .primary')) return
        const [from, before] = [performance.now(), document.querySelector('#question')]
        const look = new MutationObserver(() => {
          if (document.querySelector('#question') === before) return
          look.disconnect()
          // Laid out too, not only put into the page.
          document.body.getBoundingClientRect()
          times.push(performance.now() - from)
        })
        look.observe(document.body, { childList: true, subtree: true })
      },
      { capture: true },
    )
  })
  await phone.hold(CONSENTING)
  const times = (await phone.page.evaluate(() => (window as unknown as { times: number[] }).times)).sort((a, b) => a - b)
  const at = (share: number): number => Math.round((times[Math.floor(times.length * share)] ?? 0) * 10) / 10
  console.log(`next question, ${times.length} of them: median ${at(0.5)} ms, 95 % within ${at(0.95)} ms, at most ${at(0.9999)} ms`)
  expect(times.length).toBeGreaterThan(50)
  expect(at(0.95)).toBeLessThanOrEqual(NEXT_MS)
})

test('a list of 500 cases is shown and searched at once', async ({ kish, phone }) => {
  const codes = Array.from({ length: CASES }, (_, place) => `N-U-1-${place + 1}`)
  const { device } = await field(kish, codes, shipped(), ['en'], true)
  await phone.on()
  await phone.install(device)
  await expect(phone.page.locator('.cases li')).toHaveCount(CASES)
  const took = await phone.page.evaluate(async () => {
    const input = document.querySelector<HTMLInputElement>('input[type=search]')
    const times: number[] = []
    for (const text of ['N', 'N-U-1-4', 'N-U-1-49', '']) {
      const from = performance.now()
      if (input) input.value = text
      input?.dispatchEvent(new Event('input', { bubbles: true }))
      await Promise.resolve()
      await Promise.resolve()
      document.body.getBoundingClientRect()
      times.push(performance.now() - from)
    }
    return Math.max(...times)
  })
  console.log(`${CASES} cases searched in at most ${Math.round(took)} ms`)
  expect(took).toBeLessThan(200)
  await phone.page.getByRole('searchbox').fill('1-499')
  await expect(phone.page.locator('.cases li')).toHaveCount(1)
})
