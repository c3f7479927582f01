// An interview held again with the answers of a finished one, question by question, as a person at the page would.
import type { ReadForm } from './engine'
import { Interview } from './interview'
import type { Question } from './question'
import { shown, type TypedKind } from './typed'

/** What is the device's own: drawn or looked at a clock, and not to be had twice. */
const DEVICES_OWN = /\b(random|randomize|today|now|uuid|pulldata)\(/

export interface Refilled {
  readonly xml: string
  /** The first question that did not take its answer. */
  readonly refused: string | null
}

export async function refill(form: ReadForm, xform: Document, instance: Document, now: Date): Promise<Refilled> {
  const interview = await Interview.resume(form, unanswered(xform, instance), '')
  while (interview.question) {
    const { kind, key } = interview.question
    if (kind === 'more') {
      const range = key.slice(0, -2)
      const wanted = nodes(instance, range).length
      const has = nodes(parse(interview.xml), range).length
      if (has < wanted) interview.addOne()
      for (let count = has; count > wanted; count--) interview.removeLast()
      if (has < wanted) continue
    } else if (kind !== 'note') {
      interview.answer(answer(interview.question, nodes(instance, key)[0]?.textContent ?? ''), now)
    }
    if (interview.next()) return { xml: '', refused: key }
  }
  return { xml: await interview.finish(), refused: null }
}

/** The finished instance with what no person at the page put into it: neither asked nor computed from what is asked. */
function unanswered(xform: Document, instance: Document): string {
  const kept = instance.cloneNode(true) as Document
  for (const repeat of xform.getElementsByTagName('repeat')) nodes(kept, repeat.getAttribute('nodeset') ?? '').forEach((one) => one.remove())
  const asked = [...xform.getElementsByTagName('h:body')].flatMap((body) => [...body.querySelectorAll('[ref]')])
  const paths = new Set(asked.map((control) => control.getAttribute('ref')))
  for (const bind of xform.getElementsByTagName('bind')) {
    if (bind.getAttribute('readonly') === 'true()') paths.delete(bind.getAttribute('nodeset'))
    const calculation = bind.getAttribute('calculate') ?? ''
    if (calculation !== '' && !DEVICES_OWN.test(calculation)) paths.add(bind.getAttribute('nodeset'))
  }
  for (const leaf of leaves(kept.documentElement, '')) if (paths.has(leaf.plain)) leaf.element.textContent = ''
  return new XMLSerializer().serializeToString(kept)
}

function answer(question: Question, text: string): string[] {
  if (text === '') return []
  if (question.kind === 'many' || question.kind === 'rank') return text.split(' ')
  return [shown(question.kind as TypedKind, text)]
}

/** Every answer with its place, so that two instances can be compared: without what is the device's own, name spaces and spelling of numbers. */
export function canonical(xform: Document, instance: Document): string[] {
  const binds = [...xform.getElementsByTagName('bind')]
  const own = binds.filter((bind) => bind.hasAttribute('jr:preload') || /\b(today|now|uuid)\(/.test(bind.getAttribute('calculate') ?? ''))
  const paths = new Set(own.map((bind) => bind.getAttribute('nodeset')))
  const found = leaves(instance.documentElement, '').filter((leaf) => !paths.has(leaf.plain) && !leaf.plain.startsWith('/data/meta'))
  return found.map(({ place, element }) => `${place}=${plain(element.textContent.trim())}`)
}

function plain(text: string): string {
  return /^-?\d+(\.\d+)?$/.test(text) ? String(Number(text)) : text.replace(/(T?\d\d:\d\d:\d\d\.\d{3})(Z|\+00:00)$/, '$1')
}

export function parse(xml: string): Document {
  return new DOMParser().parseFromString(xml, 'text/xml')
}

interface Leaf {
  readonly element: Element
  /** `/data/child[2]/age`, and the same without places. */
  readonly place: string
  readonly plain: string
}

function leaves(element: Element, above: string): Leaf[] {
  const place = `${above}/${element.localName}`
  const children = [...element.children]
  if (children.length === 0) return [{ element, place, plain: place.replace(/\[\d+\]/g, '') }]
  const counts = new Map<string, number>()
  return children.flatMap((child) => {
    const number = (counts.get(child.localName) ?? 0) + 1
    counts.set(child.localName, number)
    const isRepeated = children.filter((other) => other.localName === child.localName).length > 1
    const below = leaves(child, place)
    return isRepeated ? below.map((leaf) => ({ ...leaf, place: leaf.place.replace(`${place}/${child.localName}`, `${place}/${child.localName}[${number}]`) })) : below
  })
}

/** The elements at a path, which may name places: `/data/child[2]/age`. */
function nodes(document: Document, path: string): Element[] {
  const [, ...steps] = path.split('/').filter((step) => step !== '')
  let found: Element[] = [document.documentElement]
  for (const step of steps) {
    const [, name = step, place] = /^(.*?)(?:\[(\d+)\])?$/.exec(step) ?? []
    found = found.flatMap((one) => {
      const same = [...one.children].filter((child) => child.localName === name || child.nodeName === name)
      return place === undefined ? same : same.slice(Number(place) - 1, Number(place))
    })
  }
  return found
}
