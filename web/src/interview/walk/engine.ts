// The form engine, fetched only when a form is first opened: it is most of what this page weighs.

import type { InstantiableLoadFormResult } from '@getodk/xforms-engine'

/** A form the engine has read and can make interviews of. */
export type ReadForm = InstantiableLoadFormResult

/** What lies beside a form, by file name. */
export type FormFiles = ReadonlyMap<string, Blob>

/** Reads an XForm. A file it names and nobody gave is taken for an empty one: an interview must not end for a missing list. */
export async function readForm(xform: string, files: FormFiles): Promise<ReadForm> {
  const { loadForm } = await import('@getodk/xforms-engine')
  const form = await loadForm(xform, {
    fetchFormAttachment: (address) => Promise.resolve(attachment(files, String(address))),
    missingResourceBehavior: 'BLANK',
  })
  if (form.status === 'failure') {
    throw form.error
  }
  return form
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
