// Every screen: no serious finding of axe, keys alone, a person who answers by herself, and what may go wrong on a phone.
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { CONSENTING, PAPER, PIN, expect, test, type Phone } from './phone'
import { field, type Sheets } from './survey'

const PICTURES = resolve(import.meta.dirname, '../test-results/interview')
const WIDTHS = [360, 768, 1440]
const LANGUAGES = ['en', 'fr', 'es', 'ar']

/** Looks at a screen as a reader of screens does, and keeps a picture of it at each width. */
async function seen(page: Page, name: string, widths = WIDTHS): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const serious = violations.filter((one) => one.impact === 'serious' || one.impact === 'critical')
  expect(serious.map((one) => `${name}: ${one.id} ${one.nodes.map((node) => node.html).join(' ')}`)).toEqual([])
  mkdirSync(PICTURES, { recursive: true })
  for (const width of widths) {
    await page.setViewportSize({ width, height: width === 360 ? 740 : 900 })
    await page.evaluate(() => scrollTo(0, 0))
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(overflow, `${name} at ${width} scrolls sideways`).toBeLessThanOrEqual(0)
    await page.screenshot({ path: resolve(PICTURES, `${name}-${width}.png`), fullPage: true })
  }
  await page.setViewportSize({ width: 360, height: 740 })
}

async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key)
}

const DIFFICULTIES = ['seeing', 'hearing', 'walking', 'remembering', 'selfcare', 'communicating']

/** A questionnaire of every type, beside which the help list lies. */
function everyType(): Sheets {
  const survey = [
    'type,name,label::English (en),label::العربية (ar),hint::English (en),required,relevant,constraint,calculation,parameters',
    'start,start,,,,,,,,',
    'end,end,,,,,,,,',
    'today,today,,,,,,,,',
    "calculate,mode,,,,,,,'2',",
    'csv-external,referrals,,,,,,,,',
    'text,case_code,Your code,رمزك,As it was given to you.,yes,,"regex(., \'^[A-Z0-9-]{3,24}$\')",,',
    'begin_group,opening,Opening,البداية,,,,,,',
    'select_one languages,language,Language,اللغة,,yes,,,,',
    'select_one yes_no,consent,Do you agree?,هل توافق؟,,yes,,,,',
    'end_group,opening,,,,,,,,',
    'begin_group,inner,About you,عنك,,,${consent} = 1,,,',
    'select_one sexes,sex,Sex,الجنس,,yes,,,,',
    'integer,age,How old are you?,كم عمرك؟,,yes,,. >= 18 and . < 120,,',
    ...DIFFICULTIES.map((of) => `select_one difficulty,wg_${of},Do you have difficulty ${of}?,هل لديك صعوبة؟,,yes,,,,`),
    'decimal,hours,How many hours?,كم ساعة؟,,,,,,',
    'date,when,Since when?,منذ متى؟,,,,,,',
    'select_multiple things,things,Which of these?,أيّ منها؟,Mark all that are true.,yes,,,,',
    'rank things,order,In which order?,بأي ترتيب؟,,,,,,',
    'range,scale,How much?,كم؟,,,,,,start=0 end=10 step=2',
    'acknowledge,read,You have read this.,قرأت هذا.,,yes,,,,',
    'begin_repeat,child,Child,طفل,,,,,,',
    'integer,child_age,How old is the child?,كم عمر الطفل؟,,yes,,. >= 0 and . < 30,,',
    'end_repeat,child,,,,,,,,',
    'note,thanks,Thank **you**.,شكراً,,,,,,',
    'end_group,inner,,,,,,,,',
    'calculate,result,,,,,,,"if(${consent} = 2, 4, 1)",',
  ]
  const choices = ['list_name,name,label::English (en),label::العربية (ar)']
  for (const [list, ...rows] of [
    ['yes_no', '1,Yes,نعم', '2,No,لا'],
    ['sexes', '1,Female,أنثى', '2,Male,ذكر'],
    ['languages', 'en,English,الإنجليزية', 'ar,Arabic,العربية'],
    ['difficulty', '1,No difficulty,لا صعوبة', '2,Some,بعض', '3,A lot,كثير', '4,Cannot do,لا يستطيع', '7,Not said,لم يُقل', '9,Not known,غير معروف'],
    ['things', '1,One thing,شيء واحد', '2,Two things,شيئان', '3,Three things,ثلاثة أشياء'],
  ]) choices.push(...rows.map((row) => `${list},${row}`))
  const concepts = ['question,concept', ...['case_code,case', 'consent,consent', 'sex,sex', 'age,age', 'language,language', 'mode,mode', 'result,result', 'start,start', 'end,end', 'today,day', ...DIFFICULTIES.map((of) => `wg_${of},wg_${of}`)]]
  return new Map([
    ['survey.csv', survey.join('\n')],
    ['choices.csv', choices.join('\n')],
    ['settings.csv', 'form_title,form_id,version,default_language\nDaily life,daily,1,English (en)\n'],
    ['concepts.csv', concepts.join('\n')],
    ['languages.csv', 'language,status,forward_translation,back_translation,cognitive_test\nEnglish (en),original,,,\nالعربية (ar),signed-off,S-1,S-2,S-3\n'],
  ])
}

test('every screen of an enumerator, at three widths in four languages, has no serious finding', async ({ kish, phone }) => {
  const { device } = await field(kish, ['N-U-1-1', 'N-U-1-2'])
  await phone.on()
  const { page } = phone
  await page.goto(`${kish.url}/i/`)
  for (const language of LANGUAGES) {
    await page.locator('#language').selectOption(language)
    await seen(page, `welcome-${language}`)
  }
  await page.locator('#language').selectOption('en')
  await page.getByLabel('Link').fill(kish.url + device)
  await page.getByRole('button', { name: 'Go on' }).click()
  for (const language of LANGUAGES) {
    await page.locator('#language').selectOption(language)
    await seen(page, `pin-${language}`)
  }
  await page.locator('#language').selectOption('en')
  await page.locator('main input').first().fill(PIN)
  await page.locator('main input').last().fill(PIN)
  await page.getByRole('button', { name: 'Use this PIN' }).click()
  await phone.start('N-U-1-1')
  await phone.hold(CONSENTING, 'What have you read')
  for (const language of LANGUAGES) {
    await page.locator('#language').selectOption(language)
    await page.locator('.way .primary').click()
    await expect(page.locator('.refusal')).toHaveText(/\S/)
    await seen(page, `question-${language}`)
  }
  await page.locator('#language').selectOption('en')
  await page.getByRole('button', { name: 'Leave it as it is' }).click()
  for (const language of LANGUAGES) {
    await page.locator('#language').selectOption(language)
    await seen(page, `list-${language}`)
  }
  await page.locator('#language').selectOption('en')
  await page.getByRole('button', { name: 'Continue N-U-1-1' }).click()
  await seen(page, 'again-en')
  await page.getByRole('button', { name: 'Pause' }).click()
  await seen(page, 'paper-en')
  await page.reload()
  await seen(page, 'locked-en')
})

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
  await page.locator('#errand').waitFor()
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
