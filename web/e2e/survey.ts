// A survey made ready to be fielded, as an office makes it ready: over the interface, all of it simulated.
import { readFileSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Kish } from './server'

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

/** Publishes a questionnaire, has it approved, and enrols a device with cases to visit. */
export async function field(kish: Kish, cases: string[], sheets: Sheets = shipped(), languages = ['en', 'fr', 'es', 'ar']): Promise<Fielded> {
  const { id: study } = await kish.json<{ id: number }>('administrator', 'POST', '/v1/projects', { name: 'Simulated survey' })
  for (const role of ['coordinator', 'supervisor', 'ethics-reviewer', 'statistician'] as const) await assign(kish, study, role)
  const below = `/v1/projects/${study}`
  const { xmlFormId } = await kish.json<{ xmlFormId: string }>('coordinator', 'POST', `${below}/forms?publish=true`, zip(sheets))
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
  const { path } = await kish.json<{ path: string }>('coordinator', 'POST', `${below}/app-users`, { displayName: 'simulated phone' })
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

/** The sheets as a zip that packs nothing (PKWARE's APPNOTE 6.3, 4.3). */
export function zip(sheets: Sheets): Uint8Array {
  const [files, directory]: [Buffer[], Buffer[]] = [[], []]
  let offset = 0
  for (const [name, text] of sheets) {
    const bytes = Buffer.from(text)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(0x21, 8)
    common.writeUInt32LE(crc32(bytes), 10)
    common.writeUInt32LE(bytes.length, 14)
    common.writeUInt32LE(bytes.length, 18)
    common.writeUInt16LE(Buffer.byteLength(name), 22)
    const file = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), bytes])
    const rest = Buffer.alloc(14)
    rest.writeUInt32LE(offset, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, rest, Buffer.from(name)]))
    files.push(file)
    offset += file.length
  }
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 0, 'latin1')
  end.writeUInt16LE(sheets.size, 8)
  end.writeUInt16LE(sheets.size, 10)
  end.writeUInt32LE(Buffer.concat(directory).length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...files, ...directory, end])
}
