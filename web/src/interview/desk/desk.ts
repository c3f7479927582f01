// What is on the screen, and what a person can do there.
import { markRaw, shallowReactive } from 'vue'
import type { Day } from '../field/day'
import type { Entry, Listed } from '../field/records'
import { placesThatHelp, type Place } from '../field/referrals'
import type { Server } from '../field/server'
import { sync, type Account } from '../field/sync'
import { readForm, type ReadForm } from '../walk/engine'
import { Interview, type Language, type Refusal } from '../walk/interview'
import type { Question } from '../walk/question'

/** How long a full disk is left alone before it is tried again. */
const FULL_MILLISECONDS = 5000
/** How long the server may take, once the page locks, to say that it has the interview under way. */
const LAST_MILLISECONDS = 5000
/** How long a server that was not reached is left alone: a page loaded without a network is not always told when one is there. */
const UNREACHED_SECONDS = 20
/** How often the screen says how far sending is: drawing a long list anew for every interview would keep a phone busy. */
const SHOWN_MILLISECONDS = 250

export type Screen = 'list' | 'again' | 'question' | 'ending' | 'help'

/** A day at work on: opened with the PIN, or for a person who answers by herself. */
export class Desk {
  screen: Screen = 'list'
  list: Day['list']
  isWritten = true
  /** The interview that is held, and what is asked in it. Only this one question is ever in the page. */
  entry: Entry | null = null
  question: Question | null = null
  refusal: Refusal | null = null
  progress = 0
  languages: Language[] = []
  language: Language = { name: '', code: '' }
  places: Place[] = []
  sending: { done: number; of: number } | null = null
  account: Account | null = null
  private interview: Interview | null = null
  private readonly forms = markRaw(new Map<string, ReadForm>())
  private retry: ReturnType<typeof setTimeout> | undefined
  private syncing: Promise<void> = Promise.resolve()
  private isResting = false
  private whenWritten: (() => void) | null = null
  private rewrite: ReturnType<typeof setTimeout> | undefined

  private constructor(
    private readonly day: Day,
    private readonly server: Server,
    private readonly now: () => Date,
    private wanted: string,
  ) {
    this.list = day.list
  }

  static at(day: Day, server: Server, language: string, now: () => Date = () => new Date()): Desk {
    return shallowReactive(new Desk(markRaw(day), markRaw(server), now, language))
  }

  async start(caseCode: string, form: Listed): Promise<void> {
    const entry = await this.day.start(caseCode, form)
    const interview = Interview.start(await this.form(entry))
    if (caseCode !== '') interview.prefill(caseCode)
    await this.take(entry, interview)
    this.go('question')
  }

  /** Takes up an interview that was left, but first asks whether nobody listens. */
  async resume(id: string): Promise<void> {
    const entry = this.list.entries.find((e) => e.id === id && e.state === 'begun')
    if (!entry) return
    const form = await this.form(entry)
    const left = await this.day.answers(entry)
    await this.take(entry, left ? await Interview.resume(form, left.xml, left.key) : Interview.start(form))
    this.go(left ? 'again' : 'question')
  }

  continueHere(): void {
    this.go(this.question ? 'question' : 'ending')
  }

  answer(value: readonly string[]): void {
    this.interview?.answer(value, this.now())
    this.refusal = null
    this.keep()
    this.look()
  }

  next(): void {
    this.refusal = this.interview?.next() ?? null
    if (this.refusal) return
    this.keep()
    this.look()
    this.go(this.question ? 'question' : 'ending')
  }

  back(): void {
    this.interview?.back()
    this.refusal = null
    this.look()
    this.go('question')
  }

  addOne(): void {
    this.interview?.addOne()
    this.look()
  }

  removeLast(): void {
    this.interview?.removeLast()
    this.keep()
    this.look()
  }

  speak(code: string): void {
    this.wanted = code
    this.interview?.speak(code)
    this.refusal = this.refusal && (this.interview?.refusal ?? null)
    this.look()
  }

  /** Ends the interview, or goes to the first question whose answer does not pass. */
  async finish(): Promise<void> {
    if (!this.interview || !this.entry) return
    if (this.interview.goToWrong()) {
      this.look()
      this.refusal = this.interview.refusal
      this.go('question')
      return
    }
    await this.day.finish(this.entry, await this.interview.finish())
    this.putDown()
    this.go(this.places.length > 0 ? 'help' : 'list')
    if (navigator.onLine) void this.sync()
  }

  /** Leaves the interview as it stands, to be taken up another time. */
  toList(): void {
    this.putDown()
    this.go('list')
  }

  help(): void {
    this.go('help')
  }

  sync(): Promise<void> {
    if (!this.sending && !this.isResting) this.syncing = this.exchange()
    return this.syncing
  }

  private async exchange(): Promise<void> {
    clearTimeout(this.retry)
    this.sending = { done: 0, of: 0 }
    let shown = -SHOWN_MILLISECONDS
    try {
      this.account = await sync(this.day, this.server, (done, of) => {
        if (done < of && performance.now() - shown < SHOWN_MILLISECONDS) return
        shown = performance.now()
        this.sending = { done, of }
        this.copy()
      })
    } finally {
      this.sending = null
      this.copy()
    }
    if (this.isResting) return
    const seconds = untilNext(this.account)
    if (seconds !== null) this.retry = setTimeout(() => void this.sync(), seconds * 1000)
  }

  /** Goes on with what waits to be sent, where there may be a network. */
  sendOn(): void {
    if (navigator.onLine && this.list.entries.some((e) => e.state === 'finished' && !e.isRefused)) void this.sync()
  }

  /**
   * Sends nothing more, but hears for a moment whether the interview under way was received; done when everything was written, or could
   * not be. What finds no room stays in this desk alone, which goes on trying and says when nothing is left that the vault does not have.
   */
  async rest(whenWritten: () => void): Promise<void> {
    this.isResting = true
    clearTimeout(this.retry)
    this.server.end()
    const last = setTimeout(() => this.server.stop(), LAST_MILLISECONDS)
    await this.syncing.catch(() => undefined)
    clearTimeout(last)
    await this.day.settled()
    this.whenWritten = whenWritten
    this.copy()
  }

  /** Goes on after a rest, but first asks whether nobody listens. */
  wake(language: string): void {
    this.isResting = false
    this.whenWritten = null
    this.server.goOn()
    this.account = null
    this.speak(language)
    this.go(this.entry ? 'again' : 'list')
  }

  /** Forgets what it holds. */
  close(): void {
    clearTimeout(this.rewrite)
    this.whenWritten = null
    this.putDown()
    this.forms.clear()
  }

  private go(screen: Screen): void {
    this.screen = screen
    this.copy()
  }

  private async take(entry: Entry, interview: Interview): Promise<void> {
    this.entry = entry
    this.interview = markRaw(interview)
    interview.speak(this.wanted)
    this.languages = interview.languages
    this.places = placesThatHelp((await this.day.form(entry)) ?? { xform: '', files: {} })
    this.refusal = null
    this.look()
  }

  private putDown(): void {
    this.entry = null
    this.interview = null
    this.look()
  }

  private keep(): void {
    if (!this.interview || !this.entry) return
    void this.day.keep(this.entry, { xml: this.interview.xml, key: this.interview.key }).then(() => this.copy())
  }

  private look(): void {
    this.question = this.interview?.question ?? null
    this.progress = this.interview?.progress ?? 0
    this.language = this.interview?.language ?? this.language
  }

  private copy(): void {
    this.list = this.day.list
    this.isWritten = this.day.isWritten
    if (!this.isWritten) this.rewriteLater()
    else this.whenWritten?.()
  }

  private rewriteLater(): void {
    clearTimeout(this.rewrite)
    this.rewrite = setTimeout(() => void this.day.retry().then(() => this.copy()), FULL_MILLISECONDS)
  }

  private async form(of: { formId: string; version: string }): Promise<ReadForm> {
    const name = JSON.stringify([of.formId, of.version])
    const known = this.forms.get(name)
    if (known) return known
    const kept = await this.day.form(of)
    if (!kept) throw new Error(`the form ${name} is not on this device; fetch the forms again`)
    const files = Object.entries(kept.files).map(([file, base64]): [string, Blob] => [file, new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))])])
    const form = await readForm(kept.xform, new Map(files))
    this.forms.set(name, form)
    return form
  }
}

/** What waits is tried again by itself, and what was finished while others were sent goes a second later. */
function untilNext({ failure, waiting, refused }: Account): number | null {
  if (failure?.why === 'busy') return failure.seconds
  if (waiting === refused) return null
  if (failure?.why === 'unreachable') return navigator.onLine ? UNREACHED_SECONDS : null
  return failure ? null : 1
}
