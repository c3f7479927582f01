// The server's interface as the pages call it: one function, and one kind of error.

/** A mistake and its place: a field of what was sent (`pointer`), or a cell of a workbook (`sheet`, `row`, `column`). */
export interface Finding {
  pointer?: string
  detail?: string
  sheet?: string
  row?: number | null
  column?: string | null
  kind?: string
  rule?: string
  message?: string
  hint?: string
}

/** What the server answered in place of what was asked; `code` is stable, `detail` is for people. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly findings: Finding[] = [],
  ) {
    super(`${code}: ${detail}`)
    this.name = 'Problem'
  }

  /** What is wrong with one field, as `study.name`. */
  of(field: string): string | undefined {
    return this.findings.find((found) => found.pointer === `/${field.replaceAll('.', '/')}`)?.detail
  }
}

/** No answer came: the network or the server is gone. */
export const UNREACHABLE = 'unreachable'

export interface Asked {
  /** An object goes as JSON, a file or text as it is. */
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
}

let csrf = ''

/** Takes the value that shows the server that a request comes from our page; it is kept in memory alone. */
export function proveWith(value: string): void {
  csrf = value
}

/** Asks the server; throws a `Problem` where it answers one or nothing. */
export async function ask(method: string, path: string, asked: Asked = {}): Promise<Response> {
  const headers = new Headers(asked.headers)
  const body = bodyOf(asked.body, headers)
  if (method !== 'GET' && csrf) headers.set('X-CSRF-Token', csrf)
  const init: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store', redirect: 'error' }
  if (body !== undefined) init.body = body
  if (asked.signal) init.signal = asked.signal
  const response = await fetch(path, init).catch((cause: unknown) => {
    if (asked.signal?.aborted) throw cause
    throw new Problem(0, UNREACHABLE, 'The server does not answer.')
  })
  if (!response.ok) throw await problemOf(response)
  return response
}

/** Asks for JSON. The caller names the shape, which the server's description promises. */
export async function askJson<T>(method: string, path: string, asked: Asked = {}): Promise<T> {
  const response = await ask(method, path, asked)
  return (await response.json()) as T
}

function bodyOf(body: unknown, headers: Headers): BodyInit | undefined {
  if (body === undefined) return undefined
  if (typeof body === 'string' || body instanceof Blob || body instanceof FormData || body instanceof ArrayBuffer) return body
  headers.set('Content-Type', 'application/json')
  return JSON.stringify(body)
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => '')
  try {
    const said = JSON.parse(text) as { code?: string; detail?: string; errors?: Finding[] }
    return new Problem(response.status, said.code ?? 'unknown', said.detail ?? '', said.errors ?? [])
  } catch {
    return new Problem(response.status, 'unknown', '')
  }
}
