// One interview: where it is, what is asked there, and the way on and back.

import type { InstanceData, RootNode } from '@getodk/xforms-engine'

import type { ReadForm } from './engine'
import { put, question, type Question } from './question'
import { steps, type Step } from './steps'
import { words, type Words } from './words'

/** Why the way on is closed: the answer is missing, is of the wrong kind, or the form does not take it. */
export interface Refusal {
  readonly why: 'required' | 'constraint' | 'kind'
  /** The form's own words, where it has any. */
  readonly message: Words
}

export interface Language {
  readonly name: string
  /** As browsers and the interface write it; empty where the form's name holds none. */
  readonly code: string
}

export class Interview {
  /** What was taken for no answer because it is of the wrong kind; the way on stays closed until it is mended. */
  private isOfWrongKind = false

  private constructor(
    private readonly root: RootNode,
    private at: Step | null,
  ) {}

  static start(form: ReadForm): Interview {
    const { root } = form.createInstance()
    return new Interview(root, steps(root)[0] ?? null)
  }

  /** Takes an interview up again at the question it was left at, or at the first where that is no longer asked. */
  static async resume(form: ReadForm, xml: string, key: string): Promise<Interview> {
    const data = new FormData()
    data.set('xml_submission_file', new File([xml], 'xml_submission_file', { type: 'text/xml' }))
    const { root } = await form.restoreInstance({ data: [data as InstanceData] })
    const way = steps(root)
    return new Interview(root, way.find((step) => step.key === key) ?? way[0] ?? null)
  }

  /** What is asked now; nothing at the end. */
  get question(): Question | null {
    return this.at && question(this.at)
  }

  get key(): string {
    return this.at?.key ?? ''
  }

  /** How far, from 0 to 1, on the way as it stands: it grows longer with the answers. */
  get progress(): number {
    const way = steps(this.root)
    return this.at ? this.place(way) / Math.max(way.length, 1) : 1
  }

  get languages(): Language[] {
    return this.root.languages.map(({ language }) => ({ name: name(language), code: code(language) }))
  }

  get language(): Language {
    const { language } = this.root.currentState.activeLanguage
    return { name: name(language), code: code(language) }
  }

  speak(wanted: string): void {
    const found = this.root.languages.find(({ language }) => code(language) === wanted)
    if (found && !found.isSyntheticDefault) {
      this.root.setLanguage(found)
    }
  }

  answer(value: readonly string[], now: Date): void {
    if (this.at?.kind === 'question') {
      this.isOfWrongKind = !put(this.at.node, question(this.at).kind, value, now)
    }
  }

  /** Adds one more of what repeats and goes to its first question. */
  addOne(): void {
    if (this.at?.kind === 'more') {
      const before = new Set(steps(this.root).map((step) => step.key))
      this.at.node.addInstances()
      this.at = steps(this.root).find((step) => !before.has(step.key)) ?? this.at
    }
  }

  /** Takes the last of what repeats away. */
  removeLast(): void {
    const count = this.at?.kind === 'more' ? this.at.node.currentState.children.length : 0
    if (this.at?.kind === 'more' && count > 0) {
      this.at.node.removeInstances(count - 1)
    }
  }

  get refusal(): Refusal | null {
    if (this.isOfWrongKind) {
      return { why: 'kind', message: [] }
    }
    const violation = this.at?.kind === 'question' ? this.at.node.validationState.violation : null
    return violation && { why: violation.condition, message: words(violation.message) }
  }

  /** The next question, or the end; stays where the answer does not pass. */
  next(): Refusal | null {
    const refusal = this.refusal
    if (refusal === null && this.at) {
      const way = steps(this.root)
      this.at = way[this.place(way) + 1] ?? null
    }
    return refusal
  }

  back(): void {
    const way = steps(this.root)
    this.isOfWrongKind = false
    this.at = way[(this.at ? this.place(way) : way.length) - 1] ?? this.at
  }

  /** Goes to the first question whose answer does not pass, after the end was reached; false where there is none. */
  goToWrong(): boolean {
    const wrong = new Set(this.root.validationState.violations.map((violation) => violation.reference))
    const step = steps(this.root).find((s) => wrong.has(s.key))
    this.at = step ?? this.at
    return step !== undefined
  }

  /** As it stands, to be kept and taken up again. */
  get xml(): string {
    return this.root.instanceState.instanceXML
  }

  /** As it will be sent, with the time of its end; not to be called twice, for that time would change. */
  async finish(): Promise<string> {
    const payload = await this.root.prepareInstancePayload()
    return payload.data[0].get('xml_submission_file').text()
  }

  /** Puts the case's code where the form asks for it: in its first question that takes words. */
  prefill(text: string): void {
    const first = steps(this.root).find((s) => s.kind === 'question' && question(s).kind === 'text')
    if (first?.kind === 'question' && question(first).value.length === 0) {
      put(first.node, 'text', [text], new Date())
    }
  }

  /** A node is the same object for as long as it exists, also when those before it come and go. */
  private place(way: readonly Step[]): number {
    return way.findIndex((step) => step.kind === this.at?.kind && step.node === this.at.node)
  }
}

/** `Français (fr)` is `Français`, in `fr`. */
const NAMED = /^(.*)\(([A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*)\)\s*$/

function name(language: string): string {
  return NAMED.exec(language)?.[1]?.trim() ?? language
}

function code(language: string): string {
  return NAMED.exec(language)?.[2] ?? ''
}
