// What waits is sent while the page is open: locked it sends nothing more, opened again it goes on by itself.

import 'fake-indexeddb/auto'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Day } from '../field/day'
import { Server } from '../field/server'
import { openDatabase, type Database } from '../vault/database'
import { Vault } from '../vault/vault'
import { Desk } from './desk'
import { Door } from './door'

const PIN = '582914'
/** Longer than the desk waits before it sends what was finished meanwhile. */
const SOON = { timeout: 3000 }
const CHEAP = { memory: 64, passes: 1 }
const FORM = { formId: 'small', name: 'Daily life', version: '1', hash: 'md5:1', hasFiles: false }
const HELD = ['A-1', 'A-2', 'A-3']

/** Interviews that came in, each with what answers it; nothing answers before the test does. */
let came: { xml: string; answer: (response: Response) => void; lose: () => void; signal: AbortSignal }[] = []
let database: Database
let place = 0

function asked(address: string, init: RequestInit = {}): Promise<Response> {
  if (address.endsWith('/formList')) return Promise.resolve(new Response('<xforms/>'))
  if (address.endsWith('/cases')) return Promise.resolve(new Response(null, { status: 404 }))
  const file = (init.body as FormData).get('xml_submission_file') as File
  const signal = init.signal as AbortSignal
  return new Promise((answer, fail) => {
    const lose = (): void => fail(new TypeError('no network'))
    signal.addEventListener('abort', lose)
    const reader = new FileReader()
    reader.onload = () => came.push({ xml: String(reader.result), answer, lose, signal })
    reader.readAsText(file)
  })
}

const codes = (): string[] => came.map(({ xml }) => xml.replaceAll(/<[^>]*>/g, ''))
const receive = (number: number): void => came[number]?.answer(new Response(null, { status: 201 }))
const arrived = (count: number): Promise<void> => vi.waitFor(() => expect(came).toHaveLength(count), SOON)

async function kept(): Promise<readonly string[]> {
  const opening = await Vault.open(database, PIN, Date.now())
  const day = 'vault' in opening ? await Day.open(opening.vault) : null
  return day?.list.entries.map((entry) => entry.case) ?? []
}

async function opened(): Promise<Door> {
  const door = Door.before(database, null, 'en', CHEAP)
  await door.enter()
  await door.unlock(PIN)
  return door
}

beforeEach(async () => {
  came = []
  vi.stubGlobal('fetch', asked)
  database = await openDatabase(`door-${place++}`)
  const day = await Day.begin(await Vault.create(database, PIN, CHEAP), { base: '/v1/key/t/projects/1' })
  for (const code of HELD) await day.finish(await day.start(code, FORM), `<data>${code}</data>`)
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

it('locked while it sends, the page hears that the interview under way was received, sends no other, and goes on once it is opened', async () => {
  const door = await opened()
  await arrived(1)
  door.lock()
  expect(door.desk).toBeNull()
  receive(0)
  await vi.waitFor(async () => expect(await kept()).toEqual(['A-2', 'A-3']))
  expect(codes()).toEqual(['A-1'])

  await door.unlock(PIN)
  for (const number of [1, 2]) {
    await arrived(number + 1)
    receive(number)
  }
  await vi.waitFor(() => expect(door.desk?.account).toMatchObject({ sent: 2, waiting: 0, failure: null }))
  expect(codes()).toEqual(HELD)
  expect(await kept()).toEqual([])
})

it('a server that is silent while the page locks keeps nothing in memory for long, and gets the same interview again', async () => {
  const door = await opened()
  await arrived(1)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true })
  door.lock()
  await vi.advanceTimersByTimeAsync(4000)
  expect(came[0]?.signal.aborted).toBe(false)
  await vi.advanceTimersByTimeAsync(1500)
  expect(came[0]?.signal.aborted).toBe(true)
  vi.useRealTimers()
  await door.unlock(PIN)
  await arrived(2)
  expect(codes()).toEqual(['A-1', 'A-1'])
  expect(await kept()).toEqual(HELD)
})

it('opened without a network it asks nobody', async () => {
  const onLine = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
  const door = await opened()
  expect(door.desk?.sending).toBeNull()
  door.lock()
  onLine.mockReturnValue(true)
  await door.unlock(PIN)
  await arrived(1)
  expect(codes()).toEqual(['A-1'])
})

it('a server that was not reached is tried again by itself', async () => {
  const door = await opened()
  await arrived(1)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true })
  came[0]?.lose()
  await vi.advanceTimersByTimeAsync(19_000)
  expect(door.desk?.account).toMatchObject({ sent: 0, waiting: 3, failure: { why: 'unreachable' } })
  expect(codes()).toEqual(['A-1'])
  await vi.advanceTimersByTimeAsync(1500)
  vi.useRealTimers()
  await arrived(2)
  expect(codes()).toEqual(['A-1', 'A-1'])
})

it('what is finished while others are sent goes too', async () => {
  const opening = await Vault.open(database, PIN, Date.now())
  const day = 'vault' in opening ? await Day.open(opening.vault) : null
  if (!day) throw new Error('another PIN')
  const desk = Desk.at(day, new Server(day.device.base), 'en')
  desk.sendOn()
  await arrived(1)
  await day.finish(await day.start('A-4', FORM), '<data>A-4</data>')
  for (const number of [0, 1, 2, 3]) {
    await arrived(number + 1)
    receive(number)
  }
  await vi.waitFor(() => expect(day.list.entries).toEqual([]))
  expect(codes()).toEqual([...HELD, 'A-4'])
})
