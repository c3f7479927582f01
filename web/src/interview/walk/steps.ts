// The way through a form as it stands: what would be asked if nothing more were answered, in order.

import type { AnyControlNode, AnyNode, RepeatRangeNode, RootNode } from '@getodk/xforms-engine'

export type UncontrolledRange = Extract<RepeatRangeNode, { nodeType: 'repeat-range:uncontrolled' }>

/** One screen: a question, or whether there is one more of what repeats. */
export type Step =
  | { kind: 'question'; key: string; groups: AnyNode[]; node: AnyControlNode }
  | { kind: 'more'; key: string; groups: AnyNode[]; node: UncontrolledRange }

const ASKED = new Set(['input', 'note', 'range', 'rank', 'select', 'trigger'])

/** Only what is relevant: a question that may not be asked now is not on the way, and so never in the page. */
export function steps(root: RootNode): Step[] {
  const found: Step[] = []
  below(root, [], found)
  return found
}

function below(parent: AnyNode, groups: AnyNode[], found: Step[]): void {
  for (const node of (parent.currentState.children ?? []) as readonly AnyNode[]) {
    if (!node.currentState.relevant) {
      continue
    }
    if (ASKED.has(node.nodeType)) {
      found.push({ kind: 'question', key: node.currentState.reference, groups, node: node as AnyControlNode })
    } else if (node.nodeType === 'repeat-range:uncontrolled') {
      below(node, [...groups, node], found)
      found.push({ kind: 'more', key: `${node.currentState.reference} +`, groups, node })
    } else {
      below(node, [...groups, node], found)
    }
  }
}

/** What stands over a question: its groups' words as they are now, for the language may have changed since it was found. */
export function headings(groups: readonly AnyNode[]): string[] {
  return groups.map(heading).filter((words) => words !== '')
}

/** Each instance of a repeat has the repeat's own words, said once, and its number. */
function heading(node: AnyNode): string {
  if (node.nodeType === 'repeat-instance') return String(node.parent.currentState.children.indexOf(node) + 1)
  return node.currentState.label?.asString.trim() ?? ''
}
