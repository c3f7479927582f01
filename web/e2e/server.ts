// A real server for a test: its own folder, a free port, and people of every role.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Role } from '../src/office/session'

export const program = process.env['KISH_BIN'] ?? resolve(import.meta.dirname, '../../target/debug/kish')
const ROLES: Role[] = ['administrator', 'coordinator', 'supervisor', 'ethics-reviewer', 'statistician', 'analyst']

export interface Login {
  email: string
  password: string
}

/** A server, and how a test speaks to it past the pages. */
export class Kish {
  private tokens = new Map<Role, string>()

  constructor(
    readonly url: string,
    readonly folder: string,
    readonly people: ReadonlyMap<Role, Login>,
    /** An address for ODK Collect, of a demo. */
    readonly device: string,
    private readonly process: ChildProcess,
  ) {}

  login(role: Role): Login {
    const login = this.people.get(role)
    if (!login) throw new Error(`nobody is ${role}`)
    return login
  }

  /** A request as someone of a role, or as nobody; a body that is no text goes as JSON. */
  async call(role: Role | null, method: string, path: string, body?: unknown): Promise<Response> {
    const init: RequestInit = { method }
    if (body !== undefined) init.body = typeof body === 'string' || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body)
    if (!role) return fetch(this.url + path, init)
    const as = async () => fetch(this.url + path, { ...init, headers: { Authorization: `Bearer ${await this.token(role)}` } })
    const response = await as()
    if (response.status !== 401) return response
    // The pages signed in as the same person since: who has two sessions already loses the oldest.
    this.tokens.delete(role)
    return as()
  }

  /** The same for an answer that must be well, read as JSON. */
  async json<T>(role: Role | null, method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.call(role, method, path, body)
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }

  stop(): void {
    this.process.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }

  private async token(role: Role): Promise<string> {
    const known = this.tokens.get(role)
    if (known) return known
    const { token } = await this.json<{ token: string }>(null, 'POST', '/v1/sessions', this.login(role))
    this.tokens.set(role, token)
    return token
  }
}

/** An empty server with somebody of every role. */
export async function startKish(): Promise<Kish> {
  const folder = mkdtempSync(join(tmpdir(), 'kish-pages-'))
  const people = new Map<Role, Login>()
  for (const role of ROLES) {
    const email = `${role}@office.example`
    const said = execFileSync(program, ['user', 'add', email, '--name', `Simulated ${role}`, '--role', role, '--data-dir', folder], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    people.set(role, { email, password: /^password\t(\S+)/m.exec(said)?.[1] ?? '' })
  }
  const child = spawn(program, ['serve', '--listen', '127.0.0.1:0', '--data-dir', folder], { stdio: ['ignore', 'ignore', 'pipe'] })
  const said = await saying(child, child.stderr, /listens on (http:\S+)\n/)
  return new Kish(said[1] ?? '', folder, people, '', child)
}

/** A simulated survey, fielded and released, which goes on serving. */
export async function startDemo(respondents: number): Promise<Kish> {
  const folder = mkdtempSync(join(tmpdir(), 'kish-demo-'))
  const args = ['demo', '--listen', '127.0.0.1:0', '--respondents', String(respondents), '--data-dir', join(folder, 'data')]
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const said = await saying(child, child.stdout, /Server +(http:\S+)[\s\S]*ODK Collect +(\S+)[\s\S]*\n +analyst +\S+ +\S+\n/)
  const people = new Map<Role, Login>()
  for (const [, role, email, password] of said.input.matchAll(/^ +([a-z-]+) +(\S+@\S+) +(\S+)$/gm)) {
    people.set(role as Role, { email: email ?? '', password: password ?? '' })
  }
  return new Kish(said[1] ?? '', folder, people, said[2] ?? '', child)
}

/** Waits until a program has said something; it ends with the tests, however they do. */
function saying(child: ChildProcess, stream: NodeJS.ReadableStream, wanted: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let said = ''
    process.once('exit', () => child.kill('SIGKILL'))
    stream.on('data', (bytes: Buffer) => {
      said += bytes.toString()
      const found = wanted.exec(said)
      if (found) resolve(found)
    })
    child.on('error', reject)
    child.on('exit', (code) => reject(new Error(`kish ended with ${code}: ${said}`)))
  })
}
