// A day in the field: the cases and forms at hand, and the interviews from their first answer until the server has them.

import type { Vault } from '../vault/vault'
import {
  EMPTY,
  names,
  type Answers,
  type Case,
  type Device,
  type Entry,
  type KeptForm,
  type List,
  type Listed,
  type Version,
} from './records'

/** What the day needs of a vault. */
export type Shelf = Pick<Vault, 'get' | 'put'>

export interface Fetched {
  readonly forms: readonly Listed[]
  readonly cases: readonly Case[] | null
  /** Those that were not at hand yet. */
  readonly fetched: ReadonlyMap<Listed, KeptForm>
}

export class Day {
  /** What could not be written, by name: the disk is full. It lives in memory, and is tried again with every write. */
  private readonly unwritten = new Map<string, unknown>()
  /** Writes go one after another, or an older answer could overtake a newer one. */
  private last: Promise<unknown> = Promise.resolve()

  private constructor(
    private readonly shelf: Shelf,
    private enrolled: Device,
    private now: List,
  ) {}

  static async open(shelf: Shelf): Promise<Day | null> {
    const device = (await shelf.get(names.device)) as Device | null
    return device && new Day(shelf, device, ((await shelf.get(names.list)) as List | null) ?? EMPTY)
  }

  static async begin(shelf: Shelf, device: Device): Promise<Day> {
    await shelf.put({ [names.device]: device, [names.list]: EMPTY })
    return new Day(shelf, device, EMPTY)
  }

  get device(): Device {
    return this.enrolled
  }

  /** A new link to the same study: what waits goes by it. */
  async enrol(device: Device): Promise<void> {
    this.enrolled = device
    await this.write({ [names.device]: device })
  }

  /** Once everything under way has been written, or could not be. */
  async settled(): Promise<void> {
    await this.last
  }

  /** Tries again what could not be written. */
  retry(): Promise<void> {
    return this.write({})
  }

  get list(): List {
    return this.now
  }

  /** False while something is in memory alone. */
  get isWritten(): boolean {
    return this.unwritten.size === 0
  }

  async start(caseCode: string, form: Listed): Promise<Entry> {
    const { formId, version } = form
    const entry: Entry = { id: crypto.randomUUID(), case: caseCode, formId, version, state: 'begun', isRefused: false }
    await this.change({ entries: [...this.now.entries, entry] })
    return entry
  }

  keep(entry: Entry, answers: Answers): Promise<void> {
    return this.write({ [names.interview(entry.id)]: answers })
  }

  /** Null where an interview was begun and nothing answered. */
  async answers(entry: Entry): Promise<Answers | null> {
    return (await this.read(names.interview(entry.id))) as Answers | null
  }

  /** From now on its bytes do not change: sent twice, it is the same interview. */
  async finish(entry: Entry, xml: string): Promise<void> {
    const finished: Entry = { ...entry, state: 'finished' }
    await this.change({ entries: this.replaced(finished) }, { [names.interview(entry.id)]: { xml, key: '' } })
  }

  /** The server has it: the device forgets it. */
  async received(entry: Entry): Promise<void> {
    const received = entry.case === '' ? this.now.received : [...this.now.received, entry.case]
    await this.change({ ...this.without(entry), received }, { [names.interview(entry.id)]: null })
  }

  async refused(entry: Entry): Promise<void> {
    await this.change({ entries: this.replaced({ ...entry, isRefused: true }) })
  }

  async drop(entry: Entry): Promise<void> {
    await this.change(this.without(entry), { [names.interview(entry.id)]: null })
  }

  async form(version: Version): Promise<KeptForm | null> {
    return (await this.read(names.form(version))) as KeptForm | null
  }

  /** Takes what the server gave. A version that an interview was begun with stays until that interview is sent. */
  async renew({ forms, cases, fetched }: Fetched): Promise<void> {
    const contents = [...fetched].map(([form, content]) => [names.form(form), content])
    await this.change({ forms, cases, kept: [...this.now.kept, ...fetched.keys()] }, Object.fromEntries(contents))
  }

  private replaced(entry: Entry): Entry[] {
    return this.now.entries.map((e) => (e.id === entry.id ? entry : e))
  }

  private without(entry: Entry): Pick<List, 'entries'> {
    return { entries: this.now.entries.filter((e) => e.id !== entry.id) }
  }

  private change(list: Partial<List>, records: Record<string, unknown> = {}): Promise<void> {
    const next = { ...this.now, ...list }
    const needed = new Set([...next.forms, ...next.entries].map(names.form))
    const kept = new Map(next.kept.map(({ formId, version }) => [names.form({ formId, version }), { formId, version }]))
    const outdated = [...kept.keys()].filter((name) => !needed.has(name))
    outdated.forEach((name) => kept.delete(name))
    this.now = { ...next, kept: [...kept.values()] }
    return this.write({ ...records, ...Object.fromEntries(outdated.map((name) => [name, null])), [names.list]: this.now })
  }

  private async read(name: string): Promise<unknown> {
    await this.last
    return this.unwritten.has(name) ? this.unwritten.get(name) : this.shelf.get(name)
  }

  private write(records: Record<string, unknown>): Promise<void> {
    for (const [name, value] of Object.entries(records)) {
      this.unwritten.set(name, value)
    }
    const done = this.last.then(() => this.flush())
    this.last = done
    return done
  }

  /** A write that failed is no error here: nothing is lost while the page is open, and the screen says so. */
  private async flush(): Promise<void> {
    const tried = new Map(this.unwritten)
    if (tried.size === 0) return
    try {
      await this.shelf.put(Object.fromEntries(tried))
    } catch {
      return
    }
    for (const [name, value] of tried) {
      if (this.unwritten.get(name) === value) {
        this.unwritten.delete(name)
      }
    }
  }
}
