// The same interview filled in at this page and by JavaRosa, the engine of ODK Collect, gives the same instance.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readForm } from './engine'
import { canonical, parse, refill } from './refill'

const folder = process.env['KISH_WALKS'] ?? ''
/** Forms made up to be hard hold what the engine does otherwise: tests/oracles/README.md. */
const MADE_UP = /^(one|many)_/
const MOST_OF_A_FORM = 25
/** Fewer mean that the comparison itself has broken. */
const [LEAST, LEAST_SPOILT] = [40, 10]

const instances = readdirSync(join(folder, 'instances')).filter((name) => !MADE_UP.test(name))
const names = [...new Set(instances.map((name) => name.split('.')[0] ?? ''))]

/** How the page's instance differs from each of these of JavaRosa's. */
async function differences(kind: string, most: number): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  for (const name of names) {
    const xform = readFileSync(join(folder, `${name}.xml`), 'utf8')
    const form = await readForm(xform, new Map())
    for (const walk of instances.filter((one) => one.startsWith(`${name}.`) && one.endsWith(`.${kind}.xml`)).slice(0, most)) {
      const theirs = parse(readFileSync(join(folder, 'instances', walk), 'utf8'))
      const { xml, refused } = await refill(form, parse(xform), theirs, new Date())
      const lines = (instance: Document): string[] => canonical(parse(xform), instance)
      found.set(walk, refused === null ? difference(lines(theirs), lines(parse(xml))) : [`stopped at ${refused}`])
    }
  }
  return found
}

function difference(theirs: string[], ours: string[]): string[] {
  const [a, b] = [new Set(theirs), new Set(ours)]
  return [...theirs.filter((line) => !b.has(line)).map((line) => `only JavaRosa ${line}`), ...ours.filter((line) => !a.has(line)).map((line) => `only here ${line}`)]
}

it('fills in what JavaRosa filled in, and comes to the same', async () => {
  const found = await differences('fits', MOST_OF_A_FORM)
  const wrong = [...found].filter(([, lines]) => lines.length > 0)
  console.log(`${found.size} interviews of ${names.length} forms held again at the page: ${wrong.length} differ`)
  expect(Object.fromEntries(wrong)).toEqual({})
  expect(found.size).toBeGreaterThanOrEqual(LEAST)
})

it('sees a computed value that was changed', async () => {
  const found = await differences('calculation', LEAST_SPOILT)
  expect([...found].filter(([, lines]) => lines.length === 0)).toEqual([])
  expect(found.size).toBeGreaterThanOrEqual(LEAST_SPOILT)
})
