// Every language says the same things: the same keys, the same gaps to fill, nothing left empty.
import { describe, expect, it } from 'vitest'
import { LANGUAGES } from './i18n'

type Words = { [key: string]: string | Words }

const files = import.meta.glob<Words>('../*/locales/*.json', { eager: true, import: 'default' })

function flat(words: Words, prefix = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(words)) {
    const path = prefix ? `${prefix}.${key}` : key
    if (typeof value === 'string') found.set(path, value)
    else for (const [inner, text] of flat(value, path)) found.set(inner, text)
  }
  return found
}

const gaps = (text: string) => [...text.matchAll(/\{[^}]+\}/g)].map(([gap]) => gap).sort()
const folders = [...new Set(Object.keys(files).map((path) => path.replace(/[^/]+$/, '')))]

describe.each(folders)('%s', (folder) => {
  const english = flat(files[`${folder}en.json`] ?? {})

  it('says something in English', () => {
    expect(english.size).toBeGreaterThan(0)
  })

  it.each(LANGUAGES)('says the same in %s', (language) => {
    const words = flat(files[`${folder}${language}.json`] ?? {})
    expect([...words.keys()].sort()).toEqual([...english.keys()].sort())
    for (const [key, text] of words) {
      expect(text.trim(), key).not.toBe('')
      expect([...new Set(gaps(text))], key).toEqual([...new Set(gaps(english.get(key) ?? ''))])
    }
  })
})

it('finds the files', () => {
  expect(folders.length).toBeGreaterThan(0)
  expect(Object.keys(files)).toHaveLength(folders.length * LANGUAGES.length)
})
