// What the pages make of the server's answers.
import { afterEach, expect, it, vi } from 'vitest'
import { Problem, ask, askJson, proveWith } from './api'

const answers = (status: number, body: string) => vi.fn<(path: string, init: RequestInit) => Promise<Response>>(async () => new Response(body, { status }))

afterEach(() => vi.unstubAllGlobals())

it('sends an object as JSON, and shows that it is our page only where something changes', async () => {
  const server = answers(200, '{"id":1}')
  vi.stubGlobal('fetch', server)
  proveWith('proof')
  expect(await askJson('POST', '/v1/projects', { body: { name: 'a' } })).toEqual({ id: 1 })
  await ask('GET', '/v1/projects')
  const headers = server.mock.calls.map(([, init]) => init.headers as Headers)
  expect(headers[0]?.get('x-csrf-token')).toBe('proof')
  expect(headers[0]?.get('content-type')).toBe('application/json')
  expect(headers[1]?.get('x-csrf-token')).toBeNull()
})

it('throws a problem with the field at fault', async () => {
  const body = { code: 'invalid', detail: 'no', errors: [{ pointer: '/study/name', detail: 'write a name' }] }
  vi.stubGlobal('fetch', answers(400, JSON.stringify(body)))
  const problem = await ask('GET', '/v1').catch((e: unknown) => e)
  expect(problem).toBeInstanceOf(Problem)
  expect((problem as Problem).of('study.name')).toBe('write a name')
  expect((problem as Problem).of('name')).toBeUndefined()
})

it('tells a server that is gone from one that refuses', async () => {
  vi.stubGlobal('fetch', vi.fn(async () => Promise.reject(new TypeError('no network'))))
  await expect(ask('GET', '/v1')).rejects.toMatchObject({ status: 0, code: 'unreachable' })
  vi.stubGlobal('fetch', answers(502, '<html>'))
  await expect(ask('GET', '/v1')).rejects.toMatchObject({ status: 502, code: 'unknown' })
})
