// A day's interviews are kept, sent once, and forgotten when the server has them.

import { beforeEach, describe, expect, it } from 'vitest'

import { Day, type Shelf } from './day'
import { names, type Entry, type Listed } from './records'
import { Failed, type Failure, type Server } from './server'
import { sync } from './sync'

const FORM: Listed = { formId: 'small', name: 'Daily life', version: '1', hash: 'md5:1', hasFiles: false }
const NEWER: Listed = { ...FORM, version: '2', hash: 'md5:2' }
const CASES = [{ case: 'A-1', psu: 'A', stratum: 'N' }]

class Memory implements Shelf {
  readonly records = new Map<string, unknown>()
  isFull = false

  get(name: string): Promise<unknown> {
    return Promise.resolve(this.records.get(name) ?? null)
  }

  put(records: Record<string, unknown>): Promise<void> {
    if (this.isFull) {
      return Promise.reject(new DOMException('no room', 'QuotaExceededError'))
    }
    for (const [name, value] of Object.entries(records)) {
      if (value === null) {
        this.records.delete(name)
      } else {
        this.records.set(name, value)
      }
    }
    return Promise.resolve()
  }
}

/** A server that keeps what it hears, and fails as it is told. */
class Told {
  readonly has: string[] = []
  listed = [FORM]
  failures: (Failure | null)[] = []
  skewSeconds = 0

  submit(xml: string): Promise<void> {
    const failure = this.failures.shift()
    if (failure) {
      return Promise.reject(new Failed(failure))
    }
    this.has.push(xml)
    return Promise.resolve()
  }

  forms(): Promise<Listed[]> {
    return Promise.resolve(this.listed)
  }

  form({ version }: Listed): Promise<{ xform: string; files: Record<string, string> }> {
    return Promise.resolve({ xform: `<form version="${version}"/>`, files: {} })
  }

  cases(): Promise<typeof CASES> {
    return Promise.resolve(CASES)
  }
}

let shelf: Memory
let day: Day
let told: Told
const server = (): Server => told as unknown as Server
const quiet = (): void => undefined

beforeEach(async () => {
  shelf = new Memory()
  told = new Told()
  day = await Day.begin(shelf, { base: '/v1/key/t/projects/1' })
  await sync(day, server(), quiet)
})

async function finished(code: string): Promise<Entry> {
  const entry = await day.start(code, FORM)
  await day.finish(entry, `<data>${code}</data>`)
  return entry
}

describe('a day', () => {
  it('goes on after the browser was closed', async () => {
    const entry = await day.start('A-1', FORM)
    await day.keep(entry, { xml: '<data/>', key: '/data/a' })
    const again = await Day.open(shelf)
    expect(again?.list).toEqual(day.list)
    expect(await again?.answers(entry)).toEqual({ xml: '<data/>', key: '/data/a' })
  })

  it('keeps the version an interview was begun with, and no longer than that', async () => {
    const entry = await day.start('A-1', FORM)
    told.listed = [NEWER]
    await sync(day, server(), quiet)
    expect((await day.form(entry))?.xform).toContain('"1"')
    expect((await day.form(NEWER))?.xform).toContain('"2"')
    await day.drop(entry)
    expect(await day.form(entry)).toBeNull()
    expect([...shelf.records.keys()].sort()).toEqual([names.device, names.form(NEWER), names.list].sort())
  })

  it('loses nothing on a full disk, says so, and writes it when there is room', async () => {
    const entry = await day.start('A-1', FORM)
    shelf.isFull = true
    await day.keep(entry, { xml: '<data>1</data>', key: '' })
    expect(day.isWritten).toBe(false)
    expect((await day.answers(entry))?.xml).toBe('<data>1</data>')
    shelf.isFull = false
    await day.keep(entry, { xml: '<data>2</data>', key: '' })
    expect(day.isWritten).toBe(true)
    expect(shelf.records.get(names.interview(entry.id))).toEqual({ xml: '<data>2</data>', key: '' })
  })
})

describe('sending', () => {
  it('forgets what was received, and remembers that the case was', async () => {
    await finished('A-1')
    const account = await sync(day, server(), quiet)
    expect(account).toEqual({ sent: 1, waiting: 0, refused: 0, failure: null, skewSeconds: 0 })
    expect(told.has).toEqual(['<data>A-1</data>'])
    expect(day.list.received).toEqual(['A-1'])
    expect(JSON.stringify([...shelf.records])).not.toContain('<data>')
  })

  it('sends nothing where nothing is left to send, and says so', async () => {
    const entry = await finished('A-1')
    shelf.records.delete(names.interview(entry.id))
    expect(await sync(day, server(), quiet)).toMatchObject({ sent: 0, waiting: 1, refused: 1 })
    expect(told.has).toEqual([])
  })

  it('takes an answer that breaks off for a network that went', async () => {
    await finished('A-1')
    told.forms = () => Promise.reject(new DOMException('too slow', 'TimeoutError'))
    expect(await sync(day, server(), quiet)).toMatchObject({ sent: 1, failure: { why: 'unreachable' } })
  })

  it('goes by a new link of the same study', async () => {
    await finished('A-1')
    await day.enrol({ base: '/v1/key/u/projects/1' })
    const again = await Day.open(shelf)
    expect(again?.device.base).toBe('/v1/key/u/projects/1')
    expect(again?.list.entries).toHaveLength(1)
  })

  it('leaves alone what is not finished', async () => {
    await day.start('A-1', FORM)
    expect((await sync(day, server(), quiet)).sent).toBe(0)
    expect(day.list.entries).toHaveLength(1)
  })

  it.each<Failure>([{ why: 'unreachable' }, { why: 'not-admitted' }, { why: 'busy', seconds: 7 }, { why: 'failed', status: 500 }])(
    'stops and keeps everything where the answer is %o',
    async (failure) => {
      await finished('A-1')
      await finished('A-2')
      told.failures = [null, failure]
      const account = await sync(day, server(), quiet)
      expect(account).toMatchObject({ sent: 1, waiting: 1, failure })
      expect((await sync(day, server(), quiet)).sent).toBe(1)
      expect(told.has).toEqual(['<data>A-1</data>', '<data>A-2</data>'])
    },
  )

  it('goes on past an interview the server cannot read, and keeps that one', async () => {
    await finished('A-1')
    await finished('A-2')
    told.failures = [{ why: 'malformed' }]
    expect(await sync(day, server(), quiet)).toMatchObject({ sent: 1, waiting: 1, refused: 1, failure: null })
  })

  it('tells how far it is', async () => {
    await finished('A-1')
    await finished('A-2')
    const seen: number[][] = []
    await sync(day, server(), (done, of) => seen.push([done, of]))
    expect(seen).toEqual([
      [0, 2],
      [1, 2],
      [2, 2],
    ])
  })
})
