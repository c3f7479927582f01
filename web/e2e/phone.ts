// A phone as an enumerator has it: a browser with its own profile, which may be switched off and on again.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext, type Page } from '@playwright/test'
import { expect, test as base } from './fixtures'
import config from './playwright.config'

export const PIN = '582914'

const MOST_MS = 240_000

/** What is answered to a question that begins with these words; others are answered with No, or with their first choice. */
export type Answers = Record<string, string>

export const CONSENTING: Answers = {
  'Language of this visit': 'English',
  'Who is interviewed in this area': 'Women',
  'What did you find': 'An adult of the household',
  'May I ask you these questions': 'Yes',
  'How many (women': '2',
  'Can you speak with this person': 'Yes, now',
  'What have you read': '*',
  'Do you agree to take part': 'Yes',
  'Sex of the person': 'Female',
  'How old are you': '34',
  'Who else is here': 'Nobody',
  'How did the interview end': 'It went to its end',
  'Age group': '25 to 34',
}

/** What the paper looks like that is shown in the place of an interview. */
export const PAPER = /^\s*Notes\s+Rice\s+Tomatoes\s+Oil\s+Tea\s+Soap\s+Batteries\s*$/

/** A test with a phone of its own, which asks no other host, breaks no policy and throws nothing. */
export const test = base.extend<{ phone: Phone }>({
  phone: async ({ kish }, use, info) => {
    // A whole interview is a hundred screens.
    info.setTimeout(MOST_MS)
    const phone = new Phone(kish.url)
    await use(phone)
    await phone.off()
    rmSync(phone.profile, { recursive: true, force: true })
    expect(phone.wrong).toEqual([])
  },
})

export { expect }

export class Phone {
  readonly profile = mkdtempSync(join(tmpdir(), 'kish-phone-'))
  readonly wrong: string[] = []
  context!: BrowserContext
  page!: Page

  constructor(readonly url: string) {}

  async on(isOffline = false, locale = 'en-GB'): Promise<void> {
    const options = { viewport: { width: 360, height: 740 }, locale, offline: isOffline }
    this.context = await chromium.launchPersistentContext(this.profile, { ...config.use?.launchOptions, ...options })
    this.page = this.context.pages()[0] ?? (await this.context.newPage())
    this.watch(this.page)
  }

  async off(): Promise<void> {
    // A test that failed early has switched nothing on.
    await (this.context as BrowserContext | undefined)?.close()
  }

  /** Opens the device's link for the first time, or types it into the page, and chooses a PIN. */
  async install(device: string, isTyped = false): Promise<void> {
    await this.page.goto(isTyped ? `${this.url}/i/` : `${this.url}/i/#${device}`)
    if (isTyped) {
      await this.page.getByLabel('Link').fill(this.url + device)
      await this.page.getByRole('button', { name: 'Go on' }).click()
      await expect(this.page.locator('h1')).toHaveText('Choose a PIN')
    }
    await this.page.locator('input').first().fill(PIN)
    await this.page.locator('input').last().fill(PIN)
    await this.page.getByRole('button', { name: 'Use this PIN' }).click()
    await expect(this.page.getByText('This page works without a network.')).toBeVisible()
    await expect(this.page.getByText('Everything is up to date.')).toBeVisible()
  }

  async open(): Promise<void> {
    await this.page.goto(`${this.url}/i/`)
    await this.unlock()
  }

  /** From the next page on, the disk can be made full: the browser's own limit is asked for only now and then, here every write meets it. */
  async canBeFull(): Promise<void> {
    await this.page.addInitScript(() => {
      const put = IDBObjectStore.prototype.put
      IDBObjectStore.prototype.put = function (this: IDBObjectStore, ...given: Parameters<typeof put>) {
        if ('isFull' in window) throw new DOMException('no room', 'QuotaExceededError')
        return put.apply(this, given)
      }
    })
  }

  async fill(isFull: boolean): Promise<void> {
    await this.page.evaluate((isFull) => {
      if (isFull) Object.assign(window, { isFull })
      else delete (window as { isFull?: true }).isFull
    }, isFull)
  }

  async unlock(): Promise<void> {
    await this.page.getByLabel('PIN').fill(PIN)
    await this.page.getByRole('button', { name: 'Open', exact: true }).click()
    await expect(this.page.locator('h1')).not.toHaveText('Notes')
  }

  async start(code: string): Promise<void> {
    await this.page.locator('#errand').waitFor()
    const typed = this.page.getByLabel('Code', { exact: true })
    if (await typed.isVisible()) {
      await typed.fill(code)
      await this.page.getByRole('button', { name: 'Start', exact: true }).click()
    } else {
      await this.page.getByRole('button', { name: `Start ${code}`, exact: true }).click()
    }
    await expect(this.page.locator('#question')).toBeVisible()
  }

  /** Answers question after question until one begins with the words, or to the end; gives what was asked. */
  async hold(answers: Answers, until = ''): Promise<string[]> {
    const asked: string[] = []
    for (;;) {
      const title = this.page.locator('h1')
      const text = (await title.innerText()).trim()
      if ((until && text.startsWith(until)) || text === 'That was the last one') return asked
      asked.push(text)
      await this.answer(answers, text)
      const before = await title.elementHandle()
      await this.page.getByRole('button', { name: 'Next' }).click()
      await this.page.waitForFunction((old) => !old?.isConnected || document.querySelector('.refusal')?.textContent?.trim(), before)
      expect(await this.page.locator('.refusal').allInnerTexts(), `an answer to “${text}” that passes`).not.toContainEqual(expect.stringMatching(/\S/))
    }
  }

  async finish(): Promise<void> {
    await this.page.getByRole('button', { name: 'Finish' }).click()
    // Everybody is offered it, whatever was answered.
    await expect(this.page.locator('h1')).toHaveText('Places that can help')
    await this.page.getByRole('button', { name: 'Done' }).click()
    await expect(this.page.locator('h1')).toHaveText('Today')
  }

  /** Which files of the profile hold the text, as UTF-8 or UTF-16; the browser must be off. */
  filesWith(text: string): string[] {
    const [narrow, wide] = [Buffer.from(text), Buffer.from(text, 'utf16le')]
    const files = readdirSync(this.profile, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
    return files.map((one) => join(one.parentPath, one.name)).filter((path) => {
      const bytes = readFileSync(path)
      return bytes.includes(narrow) || bytes.includes(wide)
    })
  }

  private watch(page: Page): void {
    page.on('pageerror', (error) => this.wrong.push(`threw ${error.message}`))
    page.on('console', (message) => /Content.Security.Policy/i.test(message.text()) && this.wrong.push(message.text()))
    page.on('request', (request) => request.url().startsWith(this.url) || this.wrong.push(`asked ${request.url()}`))
  }

  private async answer(answers: Answers, text: string): Promise<void> {
    const [, wanted = 'No'] = Object.entries(answers).find(([start]) => text.startsWith(start)) ?? []
    const typed = this.page.locator('input.typed')
    const choices = this.page.locator('label.answer')
    if (await typed.count()) {
      if (!(await typed.inputValue())) await typed.fill(wanted)
    } else if (wanted === '*') {
      for (const choice of await choices.all()) await choice.click()
    } else if (await choices.count()) {
      const texts = await choices.allInnerTexts()
      const place = Math.max(0, texts.findIndex((one) => one.trim() === wanted || (wanted.length > 3 && one.trim().startsWith(wanted))))
      if (!(await choices.nth(place).locator('input').isChecked())) await choices.nth(place).click()
    }
  }
}
