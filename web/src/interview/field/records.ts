// What the device keeps in the vault, record by record.

/** Where interviews go, and where cases and forms come from: `/v1/key/TOKEN/projects/STUDY`. */
export interface Device {
  readonly base: string
}

export interface Case {
  readonly case: string
  readonly psu: string
  readonly stratum: string
}

export interface Version {
  readonly formId: string
  readonly version: string
}

/** A form as the server lists it. */
export interface Listed extends Version {
  readonly name: string
  readonly hash: string
  readonly hasFiles: boolean
}

/** A form with what lies beside it; the files' bytes in base64. */
export interface KeptForm {
  readonly xform: string
  readonly files: Readonly<Record<string, string>>
}

/** An interview that is on this device and nowhere else. */
export interface Entry extends Version {
  readonly id: string
  readonly case: string
  readonly state: 'begun' | 'finished'
  /** The server took it for no interview at all: the office must look at it. */
  readonly isRefused: boolean
}

/** An interview's answers, and the question it was left at. */
export interface Answers {
  readonly xml: string
  readonly key: string
}

/** What there is to do and what was done: codes alone. */
export interface List {
  readonly forms: readonly Listed[]
  /** Null where the office gives no list: then codes are typed. */
  readonly cases: readonly Case[] | null
  readonly entries: readonly Entry[]
  /** Cases of which an interview was received. */
  readonly received: readonly string[]
  /** Every version of a form that lies in the vault: those listed, and those that interviews were begun with. */
  readonly kept: readonly Version[]
}

export const EMPTY: List = { forms: [], cases: null, entries: [], received: [], kept: [] }

export const names = {
  device: 'device',
  list: 'list',
  form: ({ formId, version }: Version): string => `form ${JSON.stringify([formId, version])}`,
  interview: (id: string): string => `interview ${id}`,
}
