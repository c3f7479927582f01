// From a plan to a published table to rows for research, by people of three roles; and the numbers agree all the way.
import { readFileSync } from 'node:fs'
import type { Page } from '@playwright/test'
import { byKish, byR } from './estimates'
import { expect, signIn, test } from './fixtures'
import type { Kish } from './server'
import { unzipped } from './unzipped'

async function as(page: Page, kish: Kish, role: Parameters<typeof signIn>[2], path: string): Promise<void> {
  await page.context().clearCookies()
  await signIn(page, kish, role)
  await page.goto(`${kish.url}/office/studies/1/analysis/${path}`)
}

test('a release is composed, looked at, approved by a second person, and out', async ({ page, demo }) => {
  await as(page, demo, 'statistician', 'releases/new')
  await page.getByLabel('Name of the release').fill('Everybody, ever')
  await page.getByLabel('Find an indicator').fill('TFV_ANY_EVER')
  await page.getByLabel('TFV_ANY_EVER').check()
  await page.getByRole('checkbox', { name: 'Sex', exact: true }).check()
  await page.getByRole('button', { name: 'Add: Sex' }).click()
  await expect(page.getByText('Tables in the plan: 2.')).toBeVisible()
  await page.getByRole('button', { name: 'Compute the tables' }).click()
  await expect(page.getByText('waits for the approval of a second person')).toBeVisible()
  await expect(page.getByText('Not out yet, not for publication')).toBeVisible()
  await expect(page.getByRole('heading', { name: 'What is shown and what is lost' })).toBeVisible()
  const path = new URL(page.url()).pathname.replace('/office/studies/1/analysis/', '')

  // Who composed it cannot approve it, and is not offered to.
  await expect(page.getByText('Who composed a release cannot approve it')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Discard this release' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Approve this release' })).toHaveCount(0)

  await as(page, demo, 'analyst', path)
  await expect(page.getByRole('alert')).toContainText('nothing here')
  await as(page, demo, 'coordinator', path)
  await page.getByRole('button', { name: 'Approve this release' }).click()
  const dialog = page.getByRole('dialog', { name: 'Approve this release' })
  await dialog.getByRole('button', { name: 'Approve' }).click()
  await expect(page.getByText('Out since')).toBeVisible()
  await as(page, demo, 'analyst', 'tables?indicator=TFV_ANY_EVER&by=sex')
  await expect(page.locator('article')).toContainText('Everybody, ever')
  await expect(page.getByRole('alert')).toHaveCount(0)
})

test('a plan that cannot be is refused by the name of its table, and one that waits can be discarded', async ({ page, demo }) => {
  await as(page, demo, 'statistician', 'releases/new')
  await page.getByLabel('Name of the release').fill('Gap')
  await page.getByLabel('Find an indicator').fill('GAP_DIS')
  await page.getByLabel('GAP_DIS').check()
  await page.getByRole('checkbox', { name: 'Disability', exact: true }).check()
  await page.getByRole('button', { name: 'Add: Disability' }).click()
  await page.getByRole('button', { name: 'Compute the tables' }).click()
  await expect(page.getByRole('alert')).toContainText('GAP_DIS, Disability')
  await page.getByRole('button', { name: 'Remove: Disability' }).click()
  await page.getByRole('button', { name: 'Compute the tables' }).click()
  await page.getByRole('button', { name: 'Discard this release' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Discard' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Releases')
  await expect(page.getByRole('link', { name: 'Gap' })).toHaveCount(0)
})

test('the number on the page is that of kish estimate and of R on the research file, after the release’s rounding', async ({ page, demo }) => {
  await demo.json('coordinator', 'PATCH', '/v1/projects/1/forms/tfvaw', { state: 'closed' })
  await as(page, demo, 'statistician', 'research-files')
  await page.getByRole('button', { name: 'Ask for a research file' }).click()
  await page.getByLabel('Name of the file').fill('A study of sex')
  await page.getByLabel('Find an indicator').fill('TFV_ANY_12M')
  await page.locator('input[value=TFV_ANY_12M]').check()
  await page.getByRole('group', { name: /^The table it gives again/ }).getByRole('checkbox', { name: 'Sex', exact: true }).check()
  await page.getByRole('button', { name: 'Make the file' }).click()
  await expect(page.getByText('waits to be granted')).toBeVisible()
  await expect(page.getByRole('link', { name: 'Download the file' })).toHaveCount(0)

  await as(page, demo, 'coordinator', 'research-files')
  await page.getByLabel('For whom and for what research').fill('a study of sex at the university')
  await page.getByRole('button', { name: 'Let the file out' }).click()
  await expect(page.getByText('may be fetched', { exact: true })).toBeVisible()

  await as(page, demo, 'statistician', 'research-files')
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download the file' }).click()])
  expect(download.suggestedFilename()).toMatch(/^SIMULATED-.*\.zip$/)
  const parts = unzipped(readFileSync(await download.path()))

  await as(page, demo, 'analyst', 'tables?indicator=TFV_ANY_12M&by=sex')
  const rows = page.locator('article tbody tr')
  await expect(rows.first()).toBeVisible()
  await page.getByText('How this was computed').click()
  const estimated = byKish(parts, 'TFV_ANY_12M')
  const inR = byR(parts, await page.getByRole('region', { name: 'R', exact: true }).locator('pre').innerText())
  expect([...inR.keys()].sort()).toEqual(['All', 'Men', 'Women'])
  const compared: string[] = []
  for (const row of await rows.all()) {
    const [name, number, , se] = [await row.locator('th').innerText(), ...(await row.locator('td').allInnerTexts())]
    if (number === 'withheld') continue
    compared.push(name)
    for (const found of [estimated.get(name), inR.get(name)]) {
      expect(number, name).toBe(`${(Math.round((found?.estimate ?? NaN) * 1000) / 10).toFixed(1)}\u00a0%`)
      expect(Number(se), name).toBe(Number((100 * (found?.se ?? NaN)).toPrecision(2)))
    }
    expect(inR.get(name)?.estimate, name).toBeCloseTo(estimated.get(name)?.estimate ?? NaN, 12)
    expect(inR.get(name)?.se, name).toBeCloseTo(estimated.get(name)?.se ?? NaN, 12)
  }
  expect(compared).toContain('All')
})
