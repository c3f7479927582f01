// What may go wrong on a phone: a second tab, a wrong clock, a full disk, a forgotten PIN, a newer page in the middle of an interview.
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CONSENTING, PAPER, PIN, Phone, expect, test } from './phone'
import { field } from './survey'

const CASE = 'N-U-1-1'

test('a second tab says that there is a first, and touches nothing', async ({ kish, phone }) => {
  const { device } = await field(kish, [CASE])
  await phone.on()
  await phone.install(device)
  const second = await phone.context.newPage()
  await second.goto(`${kish.url}/i/`)
  await expect(second.getByText('This page is open in another tab or window already.')).toBeVisible()
  await expect(second.locator('main input')).toHaveCount(0)
  await phone.page.close()
  await second.reload()
  await expect(second.getByLabel('PIN')).toBeVisible()
})

test('a clock that is wrong is told when the server is heard', async ({ kish, phone }) => {
  const { device } = await field(kish, [CASE])
  await phone.on()
  await phone.page.clock.install({ time: Date.now() - 3 * 3_600_000 })
  await phone.install(device)
  await expect(phone.page.getByText('The clock of this device is wrong by 180 minutes.')).toBeVisible()
})

test('a full disk is told, loses nothing while the page is open, locked or not, and is forgotten when there is room', async ({ kish, phone }) => {
  const { device, study } = await field(kish, [CASE])
  await phone.on()
  await phone.canBeFull()
  await phone.install(device)
  await phone.start(CASE)
  await phone.fill(true)
  await phone.hold(CONSENTING, 'Who is interviewed')
  await expect(phone.page.getByText('The device is full.')).toBeVisible()

  // Locked: nothing of it is in the page, a wrong PIN leads nowhere, and the right one to what was answered.
  const question = await phone.page.locator('h1').innerText()
  await phone.page.getByRole('button', { name: 'Pause' }).click()
  await expect(phone.page.locator('body')).toHaveText(PAPER, { useInnerText: true })
  const search = phone.page.getByRole('textbox', { name: 'Search' })
  for (const pin of ['111111', '222222']) {
    await search.fill(pin)
    await search.press('Enter')
    await expect(phone.page.getByText('Nothing found.')).toBeVisible()
  }
  await search.fill(PIN)
  await search.press('Enter')
  await phone.page.getByRole('button', { name: 'Nobody else, go on' }).click()
  await expect(phone.page.locator('h1')).toHaveText(question)
  await expect(phone.page.getByText('The device is full.')).toBeVisible()
  await phone.page.getByRole('button', { name: 'Back' }).click()
  await expect(phone.page.locator('label.answer', { hasText: 'English' }).locator('input')).toBeChecked()
  await phone.page.getByRole('button', { name: 'Next' }).click()

  // Room while it is locked: it is written then, and a page that is closed has lost nothing.
  await phone.page.getByRole('button', { name: 'Pause' }).click()
  await phone.fill(false)
  await phone.page.waitForTimeout(6000)
  await phone.page.reload()
  await phone.unlock()
  await phone.page.getByRole('button', { name: `Continue ${CASE}` }).click()
  await phone.page.getByRole('button', { name: 'Nobody else, go on' }).click()
  await expect(phone.page.locator('h1')).toHaveText(question)
  await expect(phone.page.getByText('The device is full.')).toBeHidden()
  await phone.hold({ ...CONSENTING, 'May I ask you these questions': 'No' })
  await phone.finish()
  await expect(phone.page.getByText('Sent and received: 1.')).toBeVisible()
  const { results } = await kish.json<{ results: { result: number; cases: number }[] }>('supervisor', 'GET', `/v1/projects/${study}/fieldwork`)
  expect(results.find((one) => one.result === 5)?.cases).toBe(1)
})

test('guessing a PIN takes longer each time, and who forgot it may erase what nobody can read', async ({ kish, phone }) => {
  const { device } = await field(kish, [CASE])
  await phone.on()
  await phone.install(device)
  await phone.page.reload()
  const open = phone.page.getByRole('button', { name: 'Open', exact: true })
  for (const said of [/This PIN is wrong/, /This PIN is wrong/, /Try again in \d+ seconds/]) {
    await phone.page.getByLabel('PIN').fill('111111')
    await open.click()
    await expect(phone.page.getByRole('alert')).toHaveText(said)
  }
  await phone.page.getByLabel('PIN').fill(PIN)
  await open.click()
  await expect(phone.page.getByRole('alert')).toHaveText(/Try again in \d+ seconds/)
  await phone.page.getByRole('button', { name: 'PIN forgotten?' }).click()
  await expect(phone.page.getByRole('button', { name: 'Erase it' })).toBeDisabled()
  await phone.page.getByLabel('I understand').check()
  await phone.page.getByRole('button', { name: 'Erase it' }).click()
  await expect(phone.page.getByLabel('Link')).toBeVisible()
  const kept = await phone.page.evaluate(async () => {
    const database = await new Promise<IDBDatabase>((resolve) => {
      const asked = indexedDB.open('notes')
      asked.onsuccess = () => resolve(asked.result)
    })
    const count = database.transaction('sealed').objectStore('sealed').count()
    return new Promise<number>((resolve) => (count.onsuccess = () => resolve(count.result)))
  })
  expect(kept).toBe(0)
})

/** Hands everything on to the server, and from some moment on a page that is newer by its last line. */
async function renewable(target: string): Promise<{ url: string; renew: () => void; server: Server }> {
  let isNewer = false
  const server = createServer((asked, answer) => {
    const headers = { ...asked.headers, 'accept-encoding': 'identity' }
    const on = request(target + (asked.url ?? ''), { method: asked.method, headers }, (heard) => {
      const isWorker = asked.url === '/i/sw.js'
      const { 'content-length': length, ...rest } = heard.headers
      answer.writeHead(heard.statusCode ?? 502, isWorker || length === undefined ? rest : heard.headers)
      heard.on('data', (bytes) => answer.write(bytes))
      heard.on('end', () => answer.end(isWorker && isNewer ? '\n// newer\n' : ''))
    })
    on.on('error', () => answer.destroy())
    asked.pipe(on)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, renew: () => void (isNewer = true), server }
}

test('a newer page waits until somebody takes it, and the interview goes on where it was', async ({ kish }) => {
  test.setTimeout(120_000)
  const { device } = await field(kish, [CASE])
  const { url, renew, server } = await renewable(kish.url)
  const phone = new Phone(url)
  await phone.on()
  await phone.install(device)
  await phone.start(CASE)
  await phone.hold(CONSENTING, 'How many (women')
  renew()
  await phone.page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update())
  await expect(phone.page.locator('#question')).toContainText('How many (women')
  await phone.page.getByRole('button', { name: 'Leave it as it is' }).click()
  await expect(phone.page.getByText('A newer version of this page is here.')).toBeVisible()
  await phone.page.getByRole('button', { name: 'Take it' }).click()
  await phone.unlock()
  await expect(phone.page.getByText('A newer version of this page is here.')).toBeHidden()
  await phone.page.getByRole('button', { name: `Continue ${CASE}` }).click()
  await phone.page.getByRole('button', { name: 'Nobody else, go on' }).click()
  await expect(phone.page.locator('#question')).toContainText('How many (women')
  await phone.off()
  server.close()
  expect(phone.wrong).toEqual([])
})
