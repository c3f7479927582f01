// A form's words with their emphasis, as plain data: what an author marked up is shown, what could run or lead away is not.

import type { MarkdownNode, TextRange, TextRole } from '@getodk/xforms-engine'

export type Words = readonly (string | { readonly tag: string; readonly words: Words })[]

const SHOWN = new Set(['em', 'strong', 'u', 'p', 'ul', 'ol', 'li', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6'])

/** What a form says in a language it has no words for, as XLSForm's readers write it. */
const UNTRANSLATED = '-'

export function words(text: TextRange<TextRole> | null): Words {
  return text === null || text.asString.trim() === UNTRANSLATED ? [] : text.formatted.map(one)
}

/** Headings would stand beside the page's own for a screen reader: they are strong words here. */
function one(node: MarkdownNode): Words[number] {
  switch (node.role) {
    case 'child':
      return node.value
    case 'line-break':
      return { tag: 'br', words: [] }
    case 'html':
      return node.unsafeHtml.replace(/<[^>]*>/g, ' ')
    case 'parent': {
      const tag = SHOWN.has(node.elementName) ? node.elementName.replace(/^h[1-6]$/, 'strong') : 'span'
      return { tag, words: node.children.map(one) }
    }
  }
}
