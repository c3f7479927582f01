// Reading tables: the statistician's draft, what an analyst may see, and what is taken along.
import { readFileSync } from 'node:fs'
import { expect, signIn, test } from './fixtures'
import { unzipped } from './unzipped'

const ASKED = 'indicator=TFV_ANY_12M&by=sex'

interface Numbers {
  estimate: number | null
  se: number
  ci_lower: number
  ci_upper: number
  n: number
  by: Record<string, string>
}

const points = (x: number, digits: number) => (Math.round(x * 1e6) / 1e4).toFixed(digits)
const NO_BREAK = '\u00a0'

test('the draft is marked, and its numbers are the interface’s', async ({ page, demo }) => {
  await signIn(page, demo, 'statistician')
  await page.goto(`${demo.url}/office/studies/1/analysis/tables?${ASKED}`)
  await expect(page.getByText('Draft, not for publication.')).toBeVisible()
  await expect(page.getByText('SIMULATED DATA: these people do not exist.').first()).toBeVisible()
  const table = await demo.json<{ cells: Numbers[] }>('statistician', 'GET', `/v1/projects/1/tables?${ASKED}`)
  const rows = page.locator('article tbody tr')
  await expect(rows).toHaveCount(table.cells.length)
  for (const [place, cell] of table.cells.entries()) {
    const row = rows.nth(place)
    if (cell.estimate === null) {
      await expect(row).toContainText('withheld')
      continue
    }
    await expect(row.locator('td').nth(0)).toHaveText(`${points(cell.estimate, 2)}${NO_BREAK}%`)
    await expect(row.locator('td').nth(1)).toHaveText(`${points(cell.ci_lower, 2)} – ${points(cell.ci_upper, 2)}`)
    await expect(row.locator('td').nth(5)).toHaveText(cell.n.toLocaleString('en'))
  }
  const shown = table.cells.filter((cell) => cell.estimate !== null).length
  await expect(page.locator('svg .dot, svg .weak')).toHaveCount(shown)
  await expect(page.getByRole('group', { name: 'Download' })).toHaveCount(0)
})

test('every view has an address, and Back is the view before', async ({ page, demo }) => {
  await signIn(page, demo, 'statistician')
  await page.goto(`${demo.url}/office/studies/1/analysis/tables`)
  await expect(page).toHaveURL(/indicator=TFV_ANY_12M&by=sex$/)
  await page.getByRole('checkbox', { name: 'Region' }).check()
  await expect(page).toHaveURL(/by=sex,region$/)
  await expect(page.locator('article thead th').nth(1)).toHaveText('Region')
  await page.getByLabel('Weights').selectOption('final')
  await expect(page).toHaveURL(/weights=final$/)
  const age = page.getByRole('checkbox', { name: 'Age', exact: true })
  await age.check()
  await expect(page.getByRole('checkbox', { name: 'Disability' })).toBeDisabled()
  await page.reload()
  await expect(age).toBeChecked()
  await page.goBack()
  await expect(age).not.toBeChecked()
  await expect(page.locator('article thead th').nth(2)).not.toHaveText('Region')
})

test('age is chosen in groups or in bands, never both', async ({ page, demo }) => {
  await signIn(page, demo, 'statistician')
  await page.goto(`${demo.url}/office/studies/1/analysis/tables?${ASKED}`)
  const [groups, bands] = ['Age', 'Age, in bands'].map((name) => page.getByRole('checkbox', { name, exact: true }))
  if (!groups || !bands) throw new Error('two boxes')
  await groups.check()
  await expect(bands).toBeDisabled()
  await expect(page.getByText('Age in groups or in bands, not both.')).toBeVisible()
  await groups.uncheck()
  await bands.check()
  await expect(groups).toBeDisabled()
  await expect(page.locator('article tbody tr').filter({ hasText: '35–64' })).toHaveCount(3)
})

test('two domains are compared, with the numbers of the interface, and the address says which', async ({ page, demo }) => {
  await signIn(page, demo, 'statistician')
  await page.goto(`${demo.url}/office/studies/1/analysis/tables?indicator=TFV_ANY_12M&by=urban`)
  const compared = page.getByRole('region', { name: 'Compare two domains' })
  await compared.getByLabel('Domain').selectOption('U')
  await expect(compared.getByRole('option', { name: 'Urban' }).nth(1)).toBeDisabled()
  await compared.getByLabel('less this one').selectOption('R')
  await expect(page).toHaveURL(/by=urban&of=U&against=R$/)
  const { difference } = await demo.json<{ difference: Numbers & { p: number } }>('statistician', 'GET', '/v1/projects/1/tables/compare?indicator=TFV_ANY_12M&by=urban&of=U&against=R')
  const sign = (difference.estimate ?? 0) > 0 ? '+' : ''
  await expect(compared.locator('dd').nth(0)).toHaveText(`${sign}${points(difference.estimate ?? NaN, 2)} points`)
  await expect(compared.locator('dd').nth(1)).toHaveText(`${points(difference.ci_lower, 2)} – ${points(difference.ci_upper, 2)}`)
  await expect(compared.locator('dd').nth(2)).toHaveText(difference.p < 0.0005 ? '< 0.001' : difference.p.toFixed(3))
  await expect(compared.locator('dd').nth(3)).toHaveText(points(difference.se, 2))
  await page.reload()
  await expect(compared.locator('dd').nth(3)).toHaveText(points(difference.se, 2))
  await compared.getByLabel('less this one').selectOption('_T')
  await expect(page).toHaveURL(/against=_T$/)
  await page.goBack()
  await expect(compared.locator('dd').nth(3)).toHaveText(points(difference.se, 2))
  await page.getByRole('checkbox', { name: 'Sex', exact: true }).check()
  await expect(page).toHaveURL(/by=sex,urban$/)
  await expect(compared.locator('dd')).toHaveCount(0)

  // The demo has released both cells and not their difference: without the covariance nobody can say how sure it is.
  await page.context().clearCookies()
  await signIn(page, demo, 'analyst')
  await page.goto(`${demo.url}/office/studies/1/analysis/tables?indicator=TFV_ANY_12M&by=urban&of=U&against=R`)
  await expect(compared.getByRole('alert')).toContainText('This difference is in no release')
  await expect(page.locator('article tbody tr').first()).toBeVisible()
})

test('an analyst sees what is released, rounded as released, and is told plainly what is not', async ({ page, demo }) => {
  await signIn(page, demo, 'analyst')
  await page.goto(`${demo.url}/office/studies/1/analysis/tables?${ASKED}`)
  await expect(page.getByText('Simulated release').first()).toBeVisible()
  const draft = await demo.json<{ cells: Numbers[] }>('statistician', 'GET', `/v1/projects/1/tables?${ASKED}`)
  const shown = draft.cells.filter((cell) => cell.by['sex'] === '_T')
  expect(shown).toHaveLength(1)
  const total = page.locator('article tbody tr').last().locator('td')
  await expect(total.nth(0)).toHaveText(`${points(Math.round((shown[0]?.estimate ?? NaN) * 1000) / 1000, 1)}${NO_BREAK}%`)
  expect(Number((await total.nth(5).textContent())?.replace(',', '')) % 10).toBe(0)
  await expect(page.locator('article td').getByText('too few')).toHaveCount(0)

  await page.goto(`${demo.url}/office/studies/1/analysis/tables?indicator=TFV_ANY_EVER&by=sex,urban`)
  await expect(page.getByRole('alert')).toContainText('This table is not released.')
  await expect(page.locator('article')).toHaveCount(0)
  await page.getByRole('link', { name: 'Sex, Age', exact: true }).click()
  await expect(page).toHaveURL(/by=sex,age_group/)
  await expect(page.getByRole('alert')).toHaveCount(0)
})

test('a released table is taken along as CSV, XLSX, SVG and PNG, each saying what it is', async ({ page, demo }) => {
  await signIn(page, demo, 'analyst')
  await page.goto(`${demo.url}/office/studies/1/analysis/tables?${ASKED}`)
  const take = async (name: string) => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('group', { name: 'Download' }).getByText(name).click()])
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
  }
  const csv = await take('Numbers as CSV')
  expect(csv.name).toBe('TFV_ANY_12M-sex.csv')
  expect(csv.bytes.toString()).toContain('SIMULATED DATA')
  const xlsx = await take('Numbers as XLSX')
  expect(xlsx.name).toBe('TFV_ANY_12M-sex.xlsx')
  const parts = unzipped(xlsx.bytes)
  expect(parts.get('xl/sharedStrings.xml')?.toString()).toContain('SIMULATED DATA')
  const svg = await take('Chart as SVG')
  expect(svg.bytes.toString()).toMatch(/^<svg [\s\S]*SIMULATED DATA[\s\S]*Simulated release[\s\S]*sha256:/)
  const png = await take('Chart as PNG')
  expect(png.bytes.subarray(1, 4).toString()).toBe('PNG')
  expect(png.bytes.readUInt32BE(16)).toBe(2 * 808)
})

test('how it was computed names every member of the provenance, and the code fits the table', async ({ page, demo }) => {
  await signIn(page, demo, 'analyst')
  await page.goto(`${demo.url}/office/studies/1/analysis/tables?${ASKED}`)
  await page.getByText('How this was computed').click()
  const { provenance } = await demo.json<{ provenance: Record<string, unknown> }>('analyst', 'GET', `/v1/projects/1/tables?${ASKED}`)
  const facts = await page.locator('details dl').innerText()
  const plain = Object.values(provenance).filter((value) => typeof value === 'string' || typeof value === 'number')
  for (const value of plain) expect(facts).toContain(String(value))
  await expect(page.getByRole('region', { name: 'R', exact: true })).toContainText('svyby(~TFV_ANY_12M, ~sex, design, svymean, na.rm = TRUE)')
  await expect(page.getByRole('region', { name: 'Stata' })).toContainText('svyset psu [pweight = weight], strata(stratum)')
})

test('the first picture is there within a second of signing in', async ({ page, demo }) => {
  const { email, password } = demo.login('analyst')
  const took: number[] = []
  for (let round = 0; round < 5; round += 1) {
    await page.context().clearCookies()
    await page.goto(`${demo.url}/office/sign-in?to=/studies/1/analysis/tables`)
    await page.locator('input[type=email]').fill(email)
    await page.locator('input[type=password]').fill(password)
    const signedIn = page.waitForResponse((response) => response.url().endsWith('/v1/sessions')).then(() => performance.now())
    await page.locator('form button[type=submit]').click()
    await page.locator('svg .dot').first().waitFor()
    took.push(performance.now() - (await signedIn))
  }
  console.log(`first picture after ${took.map(Math.round).join(', ')} ms`)
  expect(Math.min(...took)).toBeLessThan(1000)
})
