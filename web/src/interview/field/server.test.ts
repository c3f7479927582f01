// What the server answers is understood, and a clock that is wrong is noticed.

import { afterEach, describe, expect, it, vi } from 'vitest'

import { readLink } from './link'
import { Failed, Server } from './server'

const asked = vi.fn<typeof fetch>()
vi.stubGlobal('fetch', asked)
const server = new Server('/v1/key/t/projects/1')

afterEach(() => asked.mockReset())

async function failure(response: Response | Error): Promise<unknown> {
  if (response instanceof Error) {
    asked.mockRejectedValueOnce(response)
  } else {
    asked.mockResolvedValueOnce(response)
  }
  return server.submit('<data/>').then(
    () => null,
    (error: unknown) => (error instanceof Failed ? error.failure : error),
  )
}

describe('an answer to an interview', () => {
  it.each([
    [new Response(null, { status: 201 }), null],
    [new Response(null, { status: 202 }), null],
    [new Response(null, { status: 200 }), { why: 'failed', status: 200 }],
    [new Response(null, { status: 400 }), { why: 'malformed' }],
    [new Response(null, { status: 403 }), { why: 'not-admitted' }],
    [new Response(null, { status: 503, headers: { 'Retry-After': '7' } }), { why: 'busy', seconds: 7 }],
    [new Response(null, { status: 503 }), { why: 'busy', seconds: 30 }],
    [new Response(null, { status: 500 }), { why: 'failed', status: 500 }],
    [new TypeError('no network'), { why: 'unreachable' }],
  ])('%# is taken for what it is', async (response, expected) => {
    expect(await failure(response)).toEqual(expected)
  })

  it('of a server whose clock is an hour ahead is noticed', async () => {
    const date = new Date(Date.now() + 3_600_000).toUTCString()
    await failure(new Response(null, { status: 201, headers: { Date: date } }))
    expect(Math.abs(server.skewSeconds - 3600)).toBeLessThan(3)
  })

  it('is waited for no longer once the day is closed', async () => {
    const closed = new Server('/v1/key/t/projects/1')
    asked.mockResolvedValueOnce(new Response(null, { status: 201 }))
    await closed.submit('<data/>')
    const signal = asked.mock.calls[0]?.[1]?.signal
    expect(signal?.aborted).toBe(false)
    closed.stop()
    expect(signal?.aborted).toBe(true)
  })

  it('is sent for as the protocol has it, past every cache', async () => {
    await failure(new Response(null, { status: 201 }))
    const [address, init] = asked.mock.calls[0] ?? []
    expect(address).toBe('/v1/key/t/projects/1/submission')
    expect(init).toMatchObject({ method: 'POST', cache: 'no-store', credentials: 'omit' })
    expect(await ((init?.body as FormData).get('xml_submission_file') as File).text()).toBe('<data/>')
  })
})

describe('a list of forms', () => {
  it('is read, and asked for at this server whatever addresses it prints', async () => {
    const list = `<xforms xmlns="http://openrosa.org/xforms/xformsList"><xform><formID>a b</formID><name>Daily &amp; life</name>
      <version>1</version><hash>md5:1</hash><downloadUrl>https://elsewhere.example/x.xml</downloadUrl></xform></xforms>`
    asked.mockResolvedValueOnce(new Response(list)).mockResolvedValueOnce(new Response('<h:html/>'))
    const forms = await server.forms()
    expect(forms).toEqual([{ formId: 'a b', name: 'Daily & life', version: '1', hash: 'md5:1', hasFiles: false }])
    await Promise.all(forms.map((form) => server.form(form)))
    expect(asked.mock.calls[1]?.[0]).toBe('/v1/key/t/projects/1/forms/a%20b.xml')
  })

  it("that a hotspot's sign-in page took the place of is no list", async () => {
    asked.mockResolvedValueOnce(new Response('<html><body>Sign in<br></body></html>'))
    await expect(server.forms()).rejects.toThrow('unreachable')
  })

  it('of cases may be missing', async () => {
    asked.mockResolvedValueOnce(new Response(null, { status: 404 }))
    expect(await server.cases()).toBeNull()
    asked.mockResolvedValueOnce(new Response('{"cases":[]}'))
    expect(await server.cases()).toBeNull()
  })
})

describe('a link', () => {
  const token = 'A'.repeat(62) + '!$'

  it('is read from an address, whole or in part', () => {
    const link = { base: `/v1/key/${token}/projects/3`, isSelf: false }
    expect(readLink(`https://host.example/i/#/v1/key/${token}/projects/3`)).toEqual(link)
    expect(readLink(`#/v1/key/${token}/projects/3/self`)).toEqual({ ...link, isSelf: true })
  })

  it('is nothing else', () => {
    expect(['', '#/v1/key/a/projects/3', `#/v1/key/${token}/projects/x`, `/v1/key/${token}/projects/3/forms`].map(readLink)).toEqual([
      null,
      null,
      null,
      null,
    ])
  })
})
