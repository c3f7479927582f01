// What the server's interface answers, as far as these pages read it.
import type { Finding } from '../shared/api'

export interface Study {
  id: number
  name: string
  synthetic: boolean
  phase: 'pilot' | 'main'
  weeklyInterviews: number
  referralDays: number
  keepResponsesUntil: string | null
  /** Of the frame; only where one study was asked for. */
  regions?: string[]
  referrals?: { regionsWithoutHelp: string[]; whatToDo: string | null }
}

export interface Form {
  xmlFormId: string
  version: string
  name: string
  state: 'open' | 'closed'
  hash: string
  createdAt: string
  publishedAt: string | null
  draftToken?: string
}

export interface FormFile {
  name: string
  exists: boolean
}

export interface ReviewInShort {
  id: number
  version: string
  amends: string | null
  verdict: Verdict | null
  phase: string | null
  validFrom: string | null
  validTo: string | null
  isInForce: boolean
}

export type Verdict = 'approved' | 'approved-with-conditions' | 'returned' | 'rejected'

export interface Change {
  question: string
  change: string
  details: { of: string; before: string; after: string }[]
}

export interface Decision {
  verdict: Verdict
  committee: string
  reference: string
  decidedOn: string
  validFrom: string
  validTo: string
  phase: 'pilot' | 'main'
  languages: string[]
  modes: string[]
  sexes: number[]
  minAge: number
  areas: string[]
  liftedRules: string[]
  conditions: string
  simulated: boolean
}

export interface Review {
  id: number
  form: Form
  changes: { since: string; changes: Change[] } | null
  dossier: Record<string, string | number | null>
  decision: Decision | null
  identifierScreen: Finding[]
  languages: string[]
  unreviewedLanguages: string[]
  /** A page of HTML. */
  questionnaire: string
}

export interface Stop {
  id: number
  formId: string
  area: string
  reason: string
}

export interface Device {
  id: number
  displayName: string
  expiresOn: string
  revoked: boolean
  lastUsedWeek: string | null
  interviewsThisWeek: number
  isOverWeeklyLoad: boolean
  psus: string[]
}

export interface EnrolledDevice {
  id: number
  displayName: string
  expiresOn: string
  path: string
  url: string
}

export interface Person {
  id: number
  email: string
  displayName: string
  disabled: boolean
}

export interface FrameCounts {
  cases: number
  psus: number
  strata: { stratum: string; psus: number; cases: number }[]
}

export interface Fieldwork {
  results: { result: number; label: string; class: string; cases: number }[]
  open: number
  responseRates: Record<'rr1' | 'rr3' | 'cooperation' | 'refusal' | 'eligible', number | null>
  withoutPrivacy: number | null
  distress: { level: string; interviews: number }[]
  underFiveMinutes: number
  definition: string
  progress: { stratum: string; psu: string; cases: number; ended: number }[]
  weeks: { week: string; interviews: number; ended: number }[]
}

/** What a committee is told, in the order in which it is asked for. */
export const DOSSIER = [
  'objectives',
  'justification',
  'design',
  'population',
  'consent',
  'guardianConsent',
  'privacy',
  'distress',
  'referral',
  'mandatoryReporting',
  'enumerators',
  'remoteSafety',
  'dataManagement',
  'risksAndBenefits',
  'community',
  'dissemination',
  'funding',
  'incidents',
] as const

/** Those that only some studies need. */
export const OPTIONAL: readonly string[] = ['guardianConsent', 'remoteSafety']
