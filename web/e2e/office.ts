// What people of the office do on its pages, in steps that several journeys share.
import { expect, type Page } from '@playwright/test'
import { DOSSIER } from '../src/office/types'

const FRAME_HEAD = 'case,stratum,psu,base_weight,region,urban,sex\n'
const HELP_HEAD = 'region,service,purpose,reach,hours,languages,verified_on\n'

/** A frame of two regions, two strata and three PSUs in each. */
export function frame(): string {
  const strata = ['north', 'south'].flatMap((region) => [1, 2, 3].map((psu) => ({ region, psu })))
  const cases = strata.flatMap(({ region, psu }) => [1, 2, 3, 4].map((n) => `${region}-${psu}-${n},${region},${psu},10,${region},U,1\n`))
  return FRAME_HEAD + cases.join('')
}

export function helpList(): string {
  const today = new Date().toISOString().slice(0, 10)
  return HELP_HEAD + ['north', 'south'].map((region) => `${region},Help line,safety,+100,always,en,${today}\n`).join('')
}

export const DOSSIER_TEXTS = Object.fromEntries(DOSSIER.map((field) => [field, 'as the protocol of this test says']))

export function csv(name: string, text: string): { name: string; mimeType: string; buffer: Buffer } {
  return { name, mimeType: 'text/csv', buffer: Buffer.from(text) }
}

export async function makeStudy(page: Page, name: string): Promise<string> {
  await page.getByText('New study').click()
  await page.getByLabel('Name of the study').fill(name)
  await page.getByRole('button', { name: 'Make the study' }).click()
  await page.waitForURL(/\/studies\/\d+$/)
  return /studies\/(\d+)/.exec(page.url())?.[1] ?? ''
}

/** Goes to a place of the open study. */
export async function goTo(page: Page, place: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Places of the study' }).getByRole('link', { name: place }).click()
  await expect(page.getByRole('heading', { level: 1, name: place })).toBeVisible()
}

export async function fillDossier(page: Page): Promise<void> {
  for (const field of DOSSIER) await page.locator(`#${field}`).fill(DOSSIER_TEXTS[field] ?? '')
  await page.getByLabel('Hours of training').fill('40')
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sign in')
}
