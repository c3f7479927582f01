// Where a device works, given on the page and heard by the device; and a device that is shut out.
import { expect, signIn, test } from './fixtures'
import { csv, frame, goTo, makeStudy } from './office'

interface Told {
  cases: { case: string; psu: string; stratum: string }[]
}

test('a device is given its areas, told their cases, and shut out', async ({ page, kish }) => {
  await signIn(page, kish, 'coordinator')
  await makeStudy(page, 'Study of devices')
  await goTo(page, 'Sample and help')
  await page.getByLabel('Frame as CSV').setInputFiles(csv('frame.csv', frame()))
  await page.getByRole('button', { name: 'Put the frame in place' }).click()
  await expect(page.getByText('frame.csv is taken in')).toBeVisible()
  await goTo(page, 'Devices')
  await page.locator('#code').fill('team-1')
  await page.getByRole('button', { name: 'Enrol a device' }).click()
  const codes = page.getByRole('region', { name: 'team-1 is enrolled' })
  const [address, device] = (await codes.locator('.hash').allTextContents()).map((text) => text.trim())
  expect(address).toBe(device?.replace('/v1/', '/i/#/v1/'))
  await page.getByRole('button', { name: 'Give areas' }).click()
  await page.getByRole('checkbox', { name: 'north/2' }).check()
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('cell', { name: 'north/2' })).toBeVisible()
  const told = (await (await fetch(`${device}/cases`)).json()) as Told
  expect(told.cases.map((told) => told.case)).toEqual(['north-2-1', 'north-2-2', 'north-2-3', 'north-2-4'])
  await page.getByRole('button', { name: 'Shut out' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Shut out' }).click()
  await expect(page.getByText('shut out', { exact: true })).toBeVisible()
  expect((await fetch(`${device}/cases`)).status).toBe(403)
})
