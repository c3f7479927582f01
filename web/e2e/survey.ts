// A survey made ready to be fielded, as an office makes it ready: over the interface, all of it simulated.
import { readFileSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Kish } from './server'
import { zip } from './workbook'

const TFVAW = resolve(import.meta.dirname, '../../instruments/tfvaw')
const DAY = 86_400_000
const NOBODY = 'simulated: nobody is interviewed'
const WRITTEN = [
  'objectives', 'design', 'dataManagement', 'justification', 'population', 'consent', 'privacy', 'distress', 'referral', 'mandatoryReporting',
  'enumerators', 'risksAndBenefits', 'community', 'dissemination', 'funding', 'incidents',
]

export type Sheets = Map<string, string>

export interface Fielded {
  study: number
  /** The device's path, which is also its link below `/i/#`. */
  device: string
  cases: string[]
}

/** The shipped questionnaire, its translations signed off by nobody in particular: this is a test. */
export function shipped(): Sheets {
  const names = readdirSync(TFVAW).filter((name) => name.endsWith('.csv'))
  const sheets: Sheets = new Map(names.map((name) => [name, readFileSync(resolve(TFVAW, name), 'utf8')]))
  sheets.set('languages.csv', (sheets.get('languages.csv') ?? '').replaceAll('unreviewed,,,', 'signed-off,SIMULATED-1,SIMULATED-2,SIMULATED-3'))
  return sheets
}

/** Publishes a questionnaire, has it approved, and enrols a device; with a list of its cases, or codes are typed. */
export async function field(kish: Kish, cases: string[], sheets: Sheets = shipped(), languages = ['en', 'fr', 'es', 'ar'], hasList = false): Promise<Fielded> {
  const { id: study } = await kish.json<{ id: number }>('administrator', 'POST', '/v1/projects', { name: 'Simulated survey' })
  for (const role of ['coordinator', 'supervisor', 'ethics-reviewer', 'statistician'] as const) await assign(kish, study, role)
  const below = `/v1/projects/${study}`
  const { xmlFormId } = await kish.json<{ xmlFormId: string }>('coordinator', 'POST', `${below}/forms?publish=true`, zip([...sheets].map(([name, text]) => ({ name, bytes: Buffer.from(text) }))))
  const frame = ['case,stratum,psu,base_weight,region,urban,sex', ...cases.map((code) => `${code},n,1,10,north,U,1`)].join('\n')
  await kish.json('coordinator', 'PUT', `${below}/frame`, `${frame}\n`)
  const help = `region,service,purpose,reach,hours,languages,verified_on\nnorth,SIMULATED service,simulated: it does not exist,nowhere,never,en,${day(0)}\n`
  await kish.json('coordinator', 'PUT', `${below}/referrals`, help)
  const dossier = { ...Object.fromEntries(WRITTEN.map((field) => [field, NOBODY])), trainingHours: 1 }
  const review = await kish.json<{ id: number }>('coordinator', 'POST', `${below}/forms/${xmlFormId}/reviews`, dossier)
  const decision = {
    verdict: 'approved', committee: 'SIMULATED committee', reference: 'SIMULATED-1', decidedOn: day(0), validFrom: day(-60), validTo: day(60),
    languages, modes: ['1', '2'], sexes: [1, 2], minAge: 18, simulated: false,
  }
  await kish.json('ethics-reviewer', 'POST', `${below}/forms/${xmlFormId}/reviews/${review.id}/decision`, decision)
  const { id, path } = await kish.json<{ id: number; path: string }>('coordinator', 'POST', `${below}/app-users`, { displayName: 'simulated phone' })
  if (hasList) await kish.json('coordinator', 'PUT', `${below}/app-users/${id}/psus`, { psus: ['n/1'] })
  return { study, device: path, cases }
}

/** How many cases ended how, by result code. */
export async function outcomes(kish: Kish, study: number): Promise<Record<string, number>> {
  const { results } = await kish.json<{ results: { result: number; cases: number }[] }>('supervisor', 'GET', `/v1/projects/${study}/fieldwork`)
  return Object.fromEntries(results.filter((one) => one.cases > 0).map((one) => [String(one.result), one.cases]))
}

async function assign(kish: Kish, study: number, role: 'coordinator' | 'supervisor' | 'ethics-reviewer' | 'statistician'): Promise<void> {
  const people = await kish.json<{ id: number; email: string }[]>('administrator', 'GET', '/v1/users')
  const id = people.find((one) => one.email === kish.login(role).email)?.id
  await kish.json('administrator', 'POST', `/v1/projects/${study}/assignments/${role}/${id}`)
}

function day(from: number): string {
  return new Date(Date.now() + from * DAY).toISOString().slice(0, 10)
}
