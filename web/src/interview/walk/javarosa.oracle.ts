// The same interview filled in at this page and by JavaRosa, the engine of ODK Collect, gives the same instance.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readForm } from './engine'
import { canonical, parse, refill } from './refill'

const folder = process.env['KISH_WALKS'] ?? ''
/** Fewer mean that the comparison itself has broken. */
const LEAST = Number(process.env['KISH_LEAST'] ?? 300)
const SHOWN = 20

it('fills in what JavaRosa filled in, and comes to the same', async () => {
  const instances = readdirSync(join(folder, 'instances')).filter((name) => name.endsWith('.fits.xml'))
  const names = [...new Set(instances.map((name) => name.split('.')[0] ?? ''))].filter((name) => !process.env['ONLY'] || process.env['ONLY'].split(',').includes(name))
  const wrong: string[] = []
  let compared = 0
  for (const name of names) {
    const text = readFileSync(join(folder, `${name}.xml`), 'utf8')
    const form = await readForm(text, new Map()).catch((error: unknown) => String(error))
    if (typeof form === 'string') {
      wrong.push(`${name}: ${form}`)
      continue
    }
    for (const walk of instances.filter((one) => one.startsWith(`${name}.`))) {
      const theirs = parse(readFileSync(join(folder, 'instances', walk), 'utf8'))
      const ours = await refill(form, parse(text), theirs, new Date()).catch((error: unknown) => ({ xml: '', refused: process.env['ONLY'] ? (error as Error).stack ?? '' : String(error) }))
      compared += 1
      if (ours.refused !== null) wrong.push(`${walk}: stopped at ${ours.refused}`)
      else wrong.push(...difference(canonical(parse(text), theirs), canonical(parse(text), parse(ours.xml))).map((line) => `${walk}: ${line}`))
    }
  }
  console.log(`${compared} interviews of ${names.length} forms held again: ${wrong.length} differences\n${wrong.slice(0, Number(process.env['SHOWN'] ?? SHOWN)).join('\n')}`)
  expect(wrong).toEqual([])
  expect(compared).toBeGreaterThanOrEqual(LEAST)
})

function difference(theirs: string[], ours: string[]): string[] {
  const [a, b] = [new Set(theirs), new Set(ours)]
  return [...theirs.filter((line) => !b.has(line)).map((line) => `only JavaRosa ${line}`), ...ours.filter((line) => !a.has(line)).map((line) => `only here ${line}`)].slice(0, 3)
}
