// The R and the Stata code that give a table's numbers again from the research file that holds it.
import type { Dimension, Table } from './shapes'

/** Whether a research file can hold the table: of proportions alone, and not of a difference. */
export function isReproducible(table: Table): boolean {
  return table.indicator.kind === 'proportion'
}

/** What a file of people who do not exist begins its names with. */
function fileOf(table: Table): string {
  return `${table.provenance.synthetic ? 'SIMULATED-' : ''}data.csv`
}

/** Each combination of the dimensions whose margins the table has: none, each, pairs, all. */
export function margins(by: Dimension[]): Dimension[][] {
  const all = by.reduce<Dimension[][]>((found, dimension) => [...found, ...found.map((set) => [...set, dimension])], [[]])
  return all.sort((a, b) => a.length - b.length)
}

/** The rows give a number where the table has none. */
const WITHHELD = 'A cell that the table withholds stays withheld: publish no number of it.'

export function rCode(table: Table): string {
  const id = table.indicator.id
  const estimates = margins(table.by).map((set) =>
    set.length === 0 ? `svymean(~${id}, design, na.rm = TRUE)` : `svyby(~${id}, ~${set.join(' + ')}, design, svymean, na.rm = TRUE)`,
  )
  return [
    `${simulated(table, '#')}library(survey)`,
    '# Codes are read as text: R would take a column of F for FALSE.',
    `rows <- read.csv("${fileOf(table)}", colClasses = "character", na.strings = "")`,
    `for (column in c("stratum", "psu", "weight", "${id}")) rows[[column]] <- as.numeric(rows[[column]])`,
    `options(survey.lonely.psu = "${table.provenance.lonelyPsu}")`,
    '# A sampled PSU without an interview is a row of weight 0: leave it in.',
    'design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~weight, data = rows, nest = TRUE)',
    `# ${WITHHELD}`,
    ...estimates,
    '',
  ].join('\n')
}

/** Stata's word for what a stratum of one PSU adds to the variance. */
const SINGLE_UNIT: Record<string, string> = { adjust: 'centered', average: 'scaled', remove: 'certainty', certainty: 'certainty', fail: 'missing' }

export function stataCode(table: Table): string {
  const id = table.indicator.id
  const estimates = margins(table.by).map((set) => {
    const over = set.length === 0 ? '' : `, over(${set.map((dimension) => `${dimension}_`).join(' ')})`
    return `svy, subpop(answered): mean ${id}${over}`
  })
  return [
    `${simulated(table, '*')}import delimited "${fileOf(table)}", clear case(preserve) stringcols(_all)`,
    `destring stratum psu weight ${id}, replace`,
    ...table.by.map((dimension) => `encode ${dimension}, generate(${dimension}_)`),
    '* Who did not answer, and a sampled PSU without an interview, stay in the design and out of the estimate.',
    `generate byte answered = !missing(${id})`,
    `replace ${id} = 0 if missing(${id})`,
    ...table.by.map((dimension) => `replace ${dimension}_ = 0 if missing(${dimension}_)`),
    `svyset psu [pweight = weight], strata(stratum) vce(linearized) singleunit(${SINGLE_UNIT[table.provenance.lonelyPsu] ?? 'missing'})`,
    `* ${WITHHELD}`,
    ...estimates,
    '',
  ].join('\n')
}

function simulated(table: Table, mark: string): string {
  return table.provenance.synthetic ? `${mark} SIMULATED DATA: these people do not exist.\n` : ''
}
