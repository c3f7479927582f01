// The form engine, fetched only when a form is first opened: it is most of what this page weighs.

import type { InstantiableLoadFormResult } from '@getodk/xforms-engine'

/** A form the engine has read and can make interviews of. */
export type ReadForm = InstantiableLoadFormResult

/** What lies beside a form, by file name. */
export type FormFiles = ReadonlyMap<string, Blob>

/** Reads an XForm. A file it names and nobody gave is taken for an empty one: an interview must not end for a missing list. */
export async function readForm(xform: string, files: FormFiles): Promise<ReadForm> {
  const { loadForm } = await import('@getodk/xforms-engine')
  const form = await loadForm(withEmptyColumns(xform), {
    fetchFormAttachment: (address) => Promise.resolve(attachment(files, String(address))),
    missingResourceBehavior: 'BLANK',
  })
  if (form.status === 'failure') {
    throw form.error
  }
  return form
}

/**
 * Gives each choice an empty element for every column that others of its list have. A filter such as `needs != 'now'` keeps
 * the choices without the column in ODK Collect, as it reads them as empty; the engine here would leave them out.
 */
function withEmptyColumns(xform: string): string {
  const form = new DOMParser().parseFromString(xform, 'text/xml')
  for (const list of form.querySelectorAll('model > instance[id] > root')) {
    const items = [...list.children]
    const columns = new Set(items.flatMap((item) => [...item.children].map((cell) => cell.tagName)))
    for (const item of items) {
      const has = new Set([...item.children].map((cell) => cell.tagName))
      for (const column of columns) if (!has.has(column)) item.append(form.createElementNS(item.namespaceURI, column))
    }
  }
  return new XMLSerializer().serializeToString(form)
}

function attachment(files: FormFiles, address: string): Response {
  const name = decodeURIComponent(address.split('/').at(-1) ?? '')
  const file = files.get(name)
  return file ? new Response(file, { headers: { 'Content-Type': contentType(name) } }) : new Response(null, { status: 404 })
}

const CONTENT_TYPES: Record<string, string> = { csv: 'text/csv', xml: 'text/xml', geojson: 'application/geo+json' }

function contentType(name: string): string {
  return CONTENT_TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
}
