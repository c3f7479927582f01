// Sending what is finished and fetching what is new, with an account of it.

import type { Day } from './day'
import type { KeptForm, Listed } from './records'
import { Failed, type Failure, type Server } from './server'

/** What the enumerator is told. */
export interface Account {
  readonly sent: number
  /** Finished, and still on this device. */
  readonly waiting: number
  /** Of those: what the server takes for no interview. */
  readonly refused: number
  /** Why what waits waits, or why nothing new was fetched. */
  readonly failure: Failure | null
  readonly skewSeconds: number
}

export type Progress = (done: number, of: number) => void

/** First what only this device has, then what can be had again. */
export async function sync(day: Day, server: Server, progress: Progress): Promise<Account> {
  const sending = await send(day, server, progress)
  const failure = sending.failure ?? (await failureOf(() => renew(day, server)))
  const finished = day.list.entries.filter((e) => e.state === 'finished')
  const refused = finished.filter((e) => e.isRefused).length
  return { sent: sending.sent, waiting: finished.length, refused, failure, skewSeconds: server.skewSeconds }
}

async function send(day: Day, server: Server, progress: Progress): Promise<{ sent: number; failure: Failure | null }> {
  const finished = day.list.entries.filter((e) => e.state === 'finished')
  let sent = 0
  for (const [place, entry] of finished.entries()) {
    progress(place, finished.length)
    const answers = await day.answers(entry)
    // Nothing to send is told, and never sent as if it were an interview.
    const failure: Failure | null = answers ? await failureOf(() => server.submit(answers.xml)) : { why: 'malformed' }
    if (failure?.why === 'malformed') {
      await day.refused(entry)
    } else if (failure) {
      return { sent, failure }
    } else {
      await day.received(entry)
      sent += 1
    }
  }
  progress(finished.length, finished.length)
  return { sent, failure: null }
}

async function renew(day: Day, server: Server): Promise<void> {
  const forms = await server.forms()
  const fetched = new Map<Listed, KeptForm>()
  for (const form of forms) {
    const known = day.list.forms.find((f) => f.formId === form.formId && f.version === form.version && f.hash === form.hash)
    // What lies beside a form may change while the form does not: a help list is renewed during a study.
    if (form.hasFiles || !known || !(await day.form(form))) {
      fetched.set(form, await server.form(form))
    }
  }
  await day.renew({ forms, cases: await server.cases(), fetched })
}

async function failureOf(act: () => Promise<unknown>): Promise<Failure | null> {
  try {
    await act()
    return null
  } catch (error) {
    if (error instanceof Failed) {
      return error.failure
    }
    // An answer that broke off, or is none of the server's.
    if (error instanceof DOMException || error instanceof TypeError || error instanceof SyntaxError) {
      return { why: 'unreachable' }
    }
    throw error
  }
}
