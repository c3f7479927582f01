// What the server answers about tables, releases and research files, as its description has it.

export const DIMENSIONS = ['sex', 'age_group', 'age_band', 'disability', 'urban', 'region'] as const
export type Dimension = (typeof DIMENSIONS)[number]

export type Kind = 'proportion' | 'mean' | 'total' | 'difference'

export interface Contrast {
  dimension: Dimension
  of: string
  against: string
}

/** An indicator as the list has it: `label` in each language of the form, in the form's order. */
export interface Indicator {
  id: string
  kind: Kind
  base: string
  label: string[]
  /** By the code of the language. */
  labels: Record<string, string>
}

export interface Numbers {
  estimate: number
  se: number
  ci_lower: number
  ci_upper: number
  /** None where it does not apply, as for a difference. */
  deff: number | null
  df: number
  /** Of a difference; none otherwise, and in releases from before there was one. */
  p?: number | null
  n: number
  /** None in a release. */
  weighted_n: number | null
}

export type ByLevel = Partial<Record<Dimension, string>>

export interface ShownCell extends Numbers {
  by: ByLevel
  status: 'shown'
  reliability: { outcome: string; notes: string[] }
  item_nonresponse: { share: number; lower: number; upper: number } | null
}

export interface WithheldCell {
  by: ByLevel
  status: 'withheld'
  /** One word to outsiders; to the statistician what is too small or unsure. */
  reason: string
}

export type Cell = ShownCell | WithheldCell

export interface Provenance {
  study: string
  synthetic: boolean
  phase: string
  formId: string
  formVersion: string
  formHash: string
  approvals: { committee: string; reference: string; simulated: boolean }[]
  weightSet: string
  release: string | null
  /** First and last ISO week. */
  fieldwork: string
  interviews: number
  itemMissing: number
  sampledPsus: number
  strata: number
  variance: string
  lonelyPsu: string
  lonelyStrata: string[]
  interval: string
  degreesOfFreedom: string
  standard: string
  minCases: number
  minEvents: number
  minPsus: number
  protection: number
  missing: string
  program: string
  digest: string
}

export interface Table {
  indicator: { id: string; label: string; kind: Kind; base: string; contrast: Contrast | null }
  by: Dimension[]
  view: 'draft' | 'release'
  notice: string
  cells: Cell[]
  provenance: Provenance
}

/** Two cells of a table and their difference. */
export interface Comparison {
  indicator: Table['indicator']
  by: Dimension[]
  view: Table['view']
  of: Cell
  against: Cell
  difference: Cell
}

export interface Loss {
  isProven: boolean
  cells: number
  shown: number
  /** How many for which reason; not told to outsiders. */
  withheld?: Record<string, number>
  shareOfPeopleShown: number
  shownByRowsAndColumns: number
  shareOfPeopleShownByRowsAndColumns: number
}

export interface ReleaseInShort {
  id: number
  name: string
  state: 'composed' | 'frozen'
  madeOn: string
  frozenOn: string | null
  /** Whether it waits for who asked: not for who composed it. */
  mayApprove: boolean
  loss: Loss
  digest: string
}

export interface Release {
  release: ReleaseInShort
  tables: Table[]
}

export interface WeightSet {
  name: string
  diagnostics: { interviews: number; deffWeights: number }
}

export interface PlannedTable {
  indicator: string
  by: Dimension[]
}

export interface Plan {
  name: string
  weights?: string
  tables: PlannedTable[]
}

export interface ResearchRequest {
  name: string
  weights?: string | null
  indicators: string[]
  by: Dimension[]
  further: Dimension[]
  k: number
  variance: 'design' | 'replicates'
}

export interface ResearchReport {
  rows: number
  emptyPsus: number
  quasiIdentifiers: string[]
  kAsked: number
  k: number
  classes: number
  risk: { greatest: number; mean: number; expected: number; mostAllowed: number }
  recoded: { column: string; levels: string[] }[]
  suppressed: { column: string; values: number }[]
  weights: { values: number; ratio: number; rowsOfRarest: number; psusOfRarest: number }
  reproduced: number
  provenance: Provenance
}

export interface ResearchFile {
  id: number
  state: 'waiting' | 'granted' | 'over'
  askedBy: number
  askedOn: string
  grantedBy: number | null
  because: string | null
  expiresOn: string
  request: ResearchRequest
  report: ResearchReport
}
