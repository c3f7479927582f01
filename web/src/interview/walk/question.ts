// A question as the screen needs it: plain data, taken from the engine once a screen.

import type { AnyControlNode } from '@getodk/xforms-engine'

import { headings, type Step } from './steps'
import { shown, typed, type TypedKind } from './typed'
import { words, type Words } from './words'

export type Kind = TypedKind | 'note' | 'one' | 'many' | 'rank' | 'range' | 'acknowledge' | 'more'

export interface Choice {
  readonly value: string
  readonly label: Words
}

export interface Question {
  readonly key: string
  readonly kind: Kind
  readonly headings: readonly string[]
  readonly label: Words
  readonly hint: Words
  readonly isRequired: boolean
  readonly choices: readonly Choice[]
  /** What is chosen or typed so far; of a text at most one. */
  readonly value: readonly string[]
  readonly range: { readonly min: number; readonly max: number; readonly step: number } | null
}

const TYPED: Record<string, TypedKind> = { int: 'integer', decimal: 'decimal', date: 'date', time: 'time', dateTime: 'datetime' }

export function question({ key, groups, ...step }: Step): Question {
  const state = step.node.currentState
  const plain = { key, headings: headings(groups), choices: [], value: [], range: null }
  if (step.kind === 'more') {
    return { ...plain, kind: 'more', label: words(state.label), hint: [], isRequired: true }
  }
  const said = { ...plain, label: words(state.label), hint: words(state.hint), isRequired: state.required }
  return { ...said, ...answerable(step.node) }
}

type Answerable = Pick<Question, 'kind'> & Partial<Pick<Question, 'choices' | 'value' | 'range'>>

function answerable(node: AnyControlNode): Answerable {
  const value = node.currentState.instanceValue === '' ? [] : [node.currentState.instanceValue]
  if (node.nodeType === 'note' || node.currentState.readonly) {
    return { kind: 'note', value }
  }
  switch (node.nodeType) {
    case 'select':
      return { kind: node.selectType === 'select1' ? 'one' : 'many', choices: choices(node), value: node.currentState.value }
    case 'rank':
      return { kind: 'rank', choices: choices(node), value: node.currentState.value }
    case 'trigger':
      return { kind: 'acknowledge', value }
    case 'range':
      return { kind: 'range', value, range: bounds(node) }
    default: {
      const kind = TYPED[node.valueType] ?? 'text'
      return { kind, value: value.map((v) => shown(kind, v)) }
    }
  }
}

type Chosen = Extract<AnyControlNode, { nodeType: 'select' | 'rank' }>
type Range = Extract<AnyControlNode, { nodeType: 'range' }>

function choices(node: Chosen): Choice[] {
  return node.currentState.valueOptions.map((option) => ({ value: option.value, label: words(option.label) }))
}

function bounds(node: Range): Question['range'] {
  const { start, end, step } = node.definition.bounds
  return { min: Number(start), max: Number(end), step: Number(step) }
}

/** Puts an answer into the form; false where it is not of the question's kind, and then nothing changes. */
export function put(node: AnyControlNode, kind: Kind, value: readonly string[], now: Date): boolean {
  const first = value[0] ?? ''
  switch (node.nodeType) {
    case 'select':
      node.selectValues(value)
      return true
    case 'rank':
      node.setValues(value)
      return true
    case 'trigger':
      node.setValue(first !== '')
      return true
    case 'range':
      node.setValue(first === '' ? null : first)
      return true
    case 'input': {
      const stored = typed(kind as TypedKind, first, now)
      if (stored !== null) {
        // Words taken back are no words; the engine cannot write down a text that is nothing at all.
        ;(node.setValue as (value: string | null) => unknown)(stored === '' && kind !== 'text' ? null : stored)
      }
      return stored !== null
    }
    default:
      return true
  }
}
