// From a broken workbook to a form on a device, and off it again.
import type { Page } from '@playwright/test'
import { expect, signIn, test } from './fixtures'
import { csv, fillDossier, frame, goTo, helpList, makeStudy, signOut } from './office'
import type { Kish } from './server'
import { Workbook } from './workbook'

/** Breaks three cells in ways an author does; answers what stood in them. */
function break_(workbook: Workbook): Map<string, string> {
  const broken: [string, number, string, string][] = [
    ['survey', workbook.find('survey', 'relevant', (cell) => cell.includes('${')), 'relevant', '${no_such_question} = 1'],
    ['survey', workbook.find('survey', 'type', (cell) => cell.startsWith('select_one ')), 'type', 'select_one no_such_list'],
    ['survey', workbook.find('survey', 'constraint', (cell) => cell.includes('.')), 'constraint', '. >= '],
  ]
  const before = new Map<string, string>()
  for (const [sheet, row, column, value] of broken) {
    before.set(`${sheet} ${row} ${column}`, workbook.cell(sheet, row, column))
    workbook.set(sheet, row, column, value)
  }
  return before
}

/** The places the page names, as sheet, row and column. */
async function namedPlaces(page: Page): Promise<string[]> {
  const rows = await page.getByRole('region', { name: /^Mistakes in/ }).locator('tbody tr').all()
  return Promise.all(rows.map(async (row) => (await row.locator('td').allTextContents()).slice(0, 3).join(' ')))
}

async function send(page: Page, file: { name: string; mimeType: string; buffer: Buffer }, button: string, label: string): Promise<void> {
  await page.getByLabel(label, { exact: true }).setInputFiles(file)
  await page.getByRole('button', { name: button }).click()
}

async function prepare(page: Page): Promise<void> {
  await goTo(page, 'Questionnaires')
  const workbook = new Workbook()
  const before = break_(workbook)
  await send(page, workbook.file('broken.zip'), 'Check and take in', 'Workbook')
  await expect(page.getByText('Nothing was taken in')).toBeVisible()
  const places = await namedPlaces(page)
  expect(places.sort()).toEqual([...before.keys()].sort())
  for (const place of places) {
    const [sheet, row, column] = place.split(' ')
    workbook.set(sheet ?? '', Number(row), column ?? '', before.get(place) ?? '')
  }
  await send(page, workbook.file('mended.zip'), 'Check and take in', 'Workbook')
  await expect(page.getByText('No device gets it before')).toBeVisible()
  await page.getByRole('button', { name: 'Publish this version' }).click()
  await expect(page.getByRole('heading', { name: 'Versions' })).toBeVisible()
}

async function sample(page: Page): Promise<void> {
  await goTo(page, 'Sample and help')
  await send(page, csv('frame.csv', frame()), 'Put the frame in place', 'Frame as CSV')
  await expect(page.getByText('frame.csv is taken in')).toBeVisible()
  await send(page, csv('help.csv', helpList()), 'Put the list in place', 'List as CSV')
  await expect(page.getByText('help.csv is taken in')).toBeVisible()
}

async function askReview(page: Page): Promise<void> {
  await goTo(page, 'Questionnaires')
  await page.getByRole('link', { name: 'Health, safety and digital life' }).click()
  await page.getByRole('link', { name: 'Ask for the review' }).click()
  await fillDossier(page)
  await page.getByRole('button', { name: 'Send to the committee' }).click()
  await expect(page.getByText('The committee has not decided yet')).toBeVisible()
}

/** English alone, face to face, women, in the north. */
async function approveNarrowly(page: Page): Promise<void> {
  await goTo(page, 'Ethics review')
  await page.getByRole('link', { name: /Health, safety/ }).click()
  await expect(page.locator('.questionnaire')).toContainText('Health, safety and digital life')
  await page.getByLabel('Committee', { exact: true }).fill('Committee of this test')
  await page.getByLabel('Reference of the decision').fill('T-1')
  const inAYear = new Date(Date.now() + 365 * 86_400_000).toISOString().slice(0, 10)
  await page.getByLabel('In force until').fill(inAYear)
  const enter = page.getByRole('button', { name: 'Enter the decision' })
  await expect(enter).toBeDisabled()
  await expect(page.getByRole('checkbox', { name: /^fr/ })).toBeDisabled()
  await page.getByRole('checkbox', { name: 'en', exact: true }).check()
  await page.getByRole('checkbox', { name: 'face to face' }).check()
  await page.getByRole('checkbox', { name: 'women', exact: true }).check()
  await page.getByRole('checkbox', { name: 'north' }).check()
  await enter.click()
  await page.getByRole('button', { name: 'Enter it for good' }).click()
  await expect(page.locator('dl.facts')).toContainText('T-1')
}

async function enrol(page: Page, kish: Kish): Promise<string> {
  await goTo(page, 'Devices')
  await page.locator('#code').fill('team-1')
  await page.getByRole('button', { name: 'Enrol a device' }).click()
  await expect(page.getByRole('img', { name: 'QR code of the settings for ODK Collect' })).toBeVisible()
  const url = await page.locator('.hash', { hasText: '/v1/key/' }).last().textContent()
  expect(url?.startsWith(kish.url)).toBe(true)
  return (url ?? '').trim()
}

const listed = async (device: string) => (await (await fetch(`${device}/formList`)).text()).includes('<formID>tfvaw</formID>')

test('a mended workbook, narrowly approved, reaches a device and is stopped there', async ({ page, kish }) => {
  test.setTimeout(240_000)
  await signIn(page, kish, 'coordinator')
  const study = await makeStudy(page, 'Study of a journey')
  await prepare(page)
  await sample(page)
  await askReview(page)
  const device = await enrol(page, kish)
  expect(await listed(device)).toBe(false)
  await signOut(page)

  await signIn(page, kish, 'ethics-reviewer')
  await page.getByRole('link', { name: 'Study of a journey' }).click()
  await approveNarrowly(page)
  expect(await listed(device)).toBe(true)
  const form = await (await fetch(`${device}/forms/tfvaw.xml`)).text()
  expect([form.includes('English (en)'), form.includes('Français (fr)')]).toEqual([true, false])
  const decided = await kish.json<{ decision: { areas: string[]; sexes: number[] } }>('coordinator', 'GET', `/v1/projects/${study}/forms/tfvaw/reviews/1`)
  expect([decided.decision.areas, decided.decision.sexes]).toEqual([['north'], [1]])

  await goTo(page, 'Stops')
  await page.getByRole('button', { name: 'Stop now' }).click()
  expect(await listed(device)).toBe(true)
  await page.getByLabel('Why, without naming anyone').fill('a danger in this test')
  await page.getByRole('button', { name: 'Stop', exact: true }).click()
  await expect(page.getByText('a danger in this test')).toBeVisible()
  expect(await listed(device)).toBe(false)
  await page.getByRole('button', { name: 'Lift the stop' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Lift the stop' }).click()
  await expect(page.getByText('No stop stands')).toBeVisible()
  expect(await listed(device)).toBe(true)
})
