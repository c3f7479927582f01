// An interview is asked question by question, and nothing is on the way that may not be asked.

import { beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { readForm, type ReadForm } from './engine'
import everyType from './fixtures/every-type.xml?raw'
import { Interview } from './interview'
import type { Words } from './words'

const NOW = new Date('2026-11-22T10:00:00')
let form: ReadForm
let interview: Interview

beforeAll(async () => {
  form = await readForm(everyType, new Map())
})

beforeEach(() => {
  interview = Interview.start(form)
})

function said(words: Words): string {
  return words.map((w) => (typeof w === 'string' ? w : said(w.words))).join('')
}

/** Answers question after question by name, as long as the way goes on; gives the names of what was asked. */
function hold(answers: Record<string, string[]>): string[] {
  const asked: string[] = []
  while (interview.question) {
    const name = interview.key.split('/').at(-1) ?? ''
    asked.push(name)
    interview.answer(answers[name] ?? [], NOW)
    if (interview.next()) {
      break
    }
  }
  return asked
}

const OPENING = { case_code: ['A-1'], hello: [], consent: ['1'] }
const WHOLE = { ...OPENING, age: ['30'], things: ['1', '2'], read: ['OK'], child_age: ['4'], privacy: ['1'], act: ['2'] }

describe('the way through', () => {
  it('has nothing after a refusal but the end', () => {
    expect(hold({ ...OPENING, consent: ['2'] })).toEqual(['case_code', 'hello', 'consent'])
    expect(interview.question).toBeNull()
    expect(interview.xml).not.toContain('sensitive')
  })

  it('has the sensitive block neither before nor without privacy', () => {
    const asked = hold({ ...WHOLE, privacy: ['2'] })
    expect(asked.at(-1)).toBe('privacy')
    expect(asked).not.toContain('act')
    interview.back()
    interview.answer(['1'], NOW)
    interview.next()
    expect(interview.key).toBe('/data/sensitive/act')
  })

  it('goes back as it came, and keeps what was answered', () => {
    hold({ ...OPENING, age: [] })
    interview.back()
    expect(interview.question?.value).toEqual(['1'])
    interview.back()
    expect(interview.question?.kind).toBe('note')
    expect(interview.question?.headings).toEqual(['Opening'])
    interview.back()
    interview.back()
    expect(interview.key).toBe('/data/case_code')
  })

  it('grows towards its end', () => {
    const before = interview.progress
    hold(WHOLE)
    expect([before, interview.progress]).toEqual([0, 1])
  })
})

const FILTERED = `<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"><h:head><h:title>f</h:title><model>
<instance><data id="f"><who/></data></instance>
<instance id="people"><root><item><name>partner</name><label>Partner</label><needs>now</needs></item>
<item><name>other</name><label>Other</label></item></root></instance>
<bind nodeset="/data/who" type="string"/></model></h:head>
<h:body><select1 ref="/data/who"><label>Who?</label>
<itemset nodeset="instance('people')/root/item[needs != 'now']"><value ref="name"/><label ref="label"/></itemset></select1></h:body></h:html>`

describe('a choice', () => {
  it('without the column that a filter compares has an empty one, as in ODK Collect', async () => {
    const asked = Interview.start(await readForm(FILTERED, new Map())).question
    expect(asked?.choices.map((choice) => choice.value)).toEqual(['other'])
  })
})

describe('an answer', () => {
  it('that is missing, refused by the form or no number keeps the way closed and says why', () => {
    expect(interview.next()?.why).toBe('required')
    interview.answer(['kh 1'], NOW)
    const refusal = interview.next()
    expect([refusal?.why, said(refusal?.message ?? [])]).toEqual(['constraint', 'Only capitals.'])
    hold(OPENING)
    interview.answer(['thirty'], NOW)
    expect(interview.next()?.why).toBe('kind')
    interview.answer(['٣٠'], NOW)
    expect(interview.next()).toBeNull()
    expect(interview.xml).toContain('<age>30</age>')
  })

  it('taken back leaves nothing, whatever was typed', () => {
    interview.answer(['A-1'], NOW)
    interview.answer([''], NOW)
    expect(interview.next()?.why).toBe('required')
    hold(OPENING)
    for (const text of ['30', '']) interview.answer([text], NOW)
    expect(interview.xml).toMatch(/<age\/>/)
  })

  it('of every type stands in the instance as the form has it', () => {
    const typed = {
      hours: ['1,5'],
      when: ['2026-02-03'],
      clock: ['09:30'],
      both: ['2026-02-03T09:30'],
      order: ['2', '1', '0'],
      scale: ['4'],
    }
    hold({ ...WHOLE, ...typed })
    for (const part of ['<hours>1.5<', '<when>2026-02-03<', '<order>2 1 0<', '<scale>4<', '<read>OK<', '<things>1 2<', '<act>2<']) {
      expect(interview.xml).toContain(part)
    }
    expect(interview.xml).toMatch(/<clock>09:30:00.000[+-]\d\d:\d\d</)
    expect(interview.xml).toMatch(/<both>2026-02-03T09:30:00.000[+-]\d\d:\d\d</)
  })

  it('is asked once for each of what repeats, as often as somebody says', () => {
    hold({ ...WHOLE, privacy: [] })
    while (!interview.key.endsWith('+')) {
      interview.back()
    }
    expect(interview.question?.kind).toBe('more')
    interview.addOne()
    expect(interview.question?.headings).toEqual(['About you', 'Child', '2'])
    interview.answer(['7'], NOW)
    interview.next()
    expect(interview.key).toBe('/data/inner/child +')
    expect(interview.xml.match(/<child_age>/g)).toHaveLength(2)
    interview.removeLast()
    expect(interview.xml.match(/<child_age>/g)).toHaveLength(1)
    expect(interview.next()).toBeNull()
    expect(interview.key).toBe('/data/inner/privacy')
  })
})

describe('an interview', () => {
  it('left and taken up again is the same, at the same place, with the same draw', async () => {
    hold({ ...OPENING, age: [] })
    const [xml, key] = [interview.xml, interview.key]
    interview = await Interview.resume(form, xml, key)
    expect([interview.xml, interview.key]).toEqual([xml, '/data/inner/age'])
  })

  it("is spoken in the form's languages from one question to the next", () => {
    expect(interview.languages).toEqual([
      { name: 'English', code: 'en' },
      { name: 'العربية', code: 'ar' },
    ])
    interview.speak('ar')
    expect(said(interview.question?.label ?? [])).toBe('رمز الحالة')
    interview.answer(['A-1'], NOW)
    interview.next()
    interview.speak('fr')
    expect(interview.language.code).toBe('ar')
    expect(interview.question?.headings).toEqual(['البداية'])
    interview.speak('en')
    expect(interview.question?.headings).toEqual(['Opening'])
  })

  it("shows an author's emphasis, and no mark-up besides", () => {
    interview.answer(['A-1'], NOW)
    interview.next()
    expect(interview.question?.label).toEqual(['Good ', { tag: 'strong', words: ['day'] }, '.'])
  })

  it('ends with its time of end, and with no question left open', async () => {
    hold(WHOLE)
    expect(interview.goToWrong()).toBe(false)
    const sent = await interview.finish()
    expect(sent).toMatch(/<end>\d{4}-/)
    expect(sent).toContain('<result>1</result>')
  })

  it('begins with the code of its case, where the form asks for it', () => {
    interview.prefill('0101-003')
    expect(interview.question?.value).toEqual(['0101-003'])
  })
})
