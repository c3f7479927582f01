// The server as a device speaks to it. Nothing goes into the browser's cache: what is kept is kept in the vault.

import type { Case, KeptForm, Listed } from './records'

/** What became of a request that did not succeed. */
export type Failure =
  | { readonly why: 'unreachable' | 'not-admitted' | 'malformed' }
  | { readonly why: 'busy'; readonly seconds: number }
  | { readonly why: 'failed'; readonly status: number }

export class Failed extends Error {
  constructor(readonly failure: Failure) {
    super(failure.why)
  }
}

/** Until an answer begins, and until all of it is there. */
const PATIENCE_MILLISECONDS = 60_000
const BODY_PATIENCE_MILLISECONDS = 600_000
const DEFAULT_WAIT_SECONDS = 30

export class Server {
  /** How far the device's clock is behind the server's, in seconds, as the last answer told. */
  skewSeconds = 0

  private stopped = new AbortController()
  private isEnding = false

  constructor(private readonly base: string) {}

  /** Nothing new is asked until it may go on; what is under way may be answered still. */
  end(): void {
    this.isEnding = true
  }

  /** What is under way ends too, as if the network had gone. */
  stop(): void {
    this.stopped.abort()
  }

  goOn(): void {
    this.isEnding = false
    this.stopped = new AbortController()
  }

  /** The same bytes sent again are the same interview: the server knows them by their id and content. */
  async submit(xml: string): Promise<void> {
    const body = new FormData()
    body.set('xml_submission_file', new File([xml], 'interview.xml', { type: 'text/xml' }))
    const response = await this.ask('/submission', { method: 'POST', body })
    if (response.status !== 201 && response.status !== 202) {
      throw new Failed({ why: 'failed', status: response.status })
    }
  }

  async forms(): Promise<Listed[]> {
    const list = xml(await (await this.ask('/formList')).text())
    return [...list.getElementsByTagName('xform')].map((form) => ({
      formId: text(form, 'formID'),
      name: text(form, 'name'),
      version: text(form, 'version'),
      hash: text(form, 'hash'),
      hasFiles: text(form, 'manifestUrl') !== '',
    }))
  }

  async form({ formId, hasFiles }: Listed): Promise<KeptForm> {
    const below = `/forms/${encodeURIComponent(formId)}`
    const xform = await (await this.ask(`${below}.xml`)).text()
    const files: Record<string, string> = {}
    const manifest = hasFiles ? xml(await (await this.ask(`${below}/manifest`)).text()) : null
    for (const file of manifest?.getElementsByTagName('filename') ?? []) {
      const name = file.textContent
      files[name] = await base64(await (await this.ask(`${below}/attachments/${encodeURIComponent(name)}`)).blob())
    }
    return { xform, files }
  }

  /** Null where the office gave this device no area: then codes are typed. */
  async cases(): Promise<Case[] | null> {
    const response = await this.ask('/cases', {}, [404])
    const { cases } = response.status === 404 ? { cases: [] } : ((await response.json()) as { cases: Case[] })
    return cases.length > 0 ? cases : null
  }

  /** By its own address, never by one a list printed: the page asks no other host. */
  private async ask(path: string, init: RequestInit = {}, passing: number[] = []): Promise<Response> {
    if (this.isEnding) throw new Failed({ why: 'unreachable' })
    const silence = new AbortController()
    const timer = setTimeout(() => silence.abort(), PATIENCE_MILLISECONDS)
    const signal = AbortSignal.any([silence.signal, AbortSignal.timeout(BODY_PATIENCE_MILLISECONDS), this.stopped.signal])
    const quiet: RequestInit = { cache: 'no-store', credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer', signal }
    const response = await fetch(this.base + path, { ...quiet, ...init })
      .catch(() => {
        throw new Failed({ why: 'unreachable' })
      })
      .finally(() => clearTimeout(timer))
    const date = Date.parse(response.headers.get('Date') ?? '')
    this.skewSeconds = Number.isNaN(date) ? 0 : Math.round((date - Date.now()) / 1000)
    if (!response.ok && !passing.includes(response.status)) {
      throw new Failed(failure(response))
    }
    return response
  }
}

function failure({ status, headers }: Response): Failure {
  switch (status) {
    case 400:
      return { why: 'malformed' }
    case 401:
    case 403:
      return { why: 'not-admitted' }
    case 503: {
      const seconds = Number.parseInt(headers.get('Retry-After') ?? '', 10)
      return { why: 'busy', seconds: Number.isNaN(seconds) ? DEFAULT_WAIT_SECONDS : seconds }
    }
    default:
      return { why: 'failed', status }
  }
}

/** An answer that is no XML is a proxy's or a sign-in page's. */
function xml(body: string): Document {
  const document = new DOMParser().parseFromString(body, 'text/xml')
  if (document.getElementsByTagName('parsererror').length > 0) {
    throw new Failed({ why: 'unreachable' })
  }
  return document
}

function text(parent: Element, tag: string): string {
  return parent.getElementsByTagName(tag)[0]?.textContent ?? ''
}

async function base64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer())
  let binary = ''
  for (let i = 0; i < bytes.length; i += 8192) {
    binary += String.fromCharCode(...bytes.subarray(i, i + 8192))
  }
  return btoa(binary)
}
