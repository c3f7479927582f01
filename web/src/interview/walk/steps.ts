// The way through a form as it stands: what would be asked if nothing more were answered, in order.

import type { AnyControlNode, AnyNode, RepeatRangeNode, RootNode } from '@getodk/xforms-engine'

export type UncontrolledRange = Extract<RepeatRangeNode, { nodeType: 'repeat-range:uncontrolled' }>

/** One screen: a question, or whether there is one more of what repeats. */
export type Step =
  | { kind: 'question'; key: string; headings: string[]; node: AnyControlNode }
  | { kind: 'more'; key: string; headings: string[]; node: UncontrolledRange }

const ASKED = new Set(['input', 'note', 'range', 'rank', 'select', 'trigger'])

/** Only what is relevant: a question that may not be asked now is not on the way, and so never in the page. */
export function steps(root: RootNode): Step[] {
  const found: Step[] = []
  below(root, [], found)
  return found
}

function below(parent: AnyNode, headings: string[], found: Step[]): void {
  for (const node of (parent.currentState.children ?? []) as readonly AnyNode[]) {
    if (!node.currentState.relevant) {
      continue
    }
    if (ASKED.has(node.nodeType)) {
      found.push({ kind: 'question', key: node.currentState.reference, headings, node: node as AnyControlNode })
    } else if (node.nodeType === 'repeat-range:uncontrolled') {
      below(node, [...headings, ...heading(node)], found)
      found.push({ kind: 'more', key: `${node.currentState.reference} +`, headings, node })
    } else {
      below(node, [...headings, ...heading(node)], found)
    }
  }
}

/** What stands over a group; each instance of a repeat has the repeat's own words, said once. */
function heading(node: AnyNode): string[] {
  if (node.nodeType === 'repeat-instance') {
    const place = node.parent.currentState.children.indexOf(node) + 1
    return [String(place)]
  }
  const words = node.currentState.label?.asString.trim() ?? ''
  return words === '' ? [] : [words]
}
