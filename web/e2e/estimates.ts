// The estimates of a research file's rows, by the words of the page: by `kish estimate`, and by R with the code that the page gives.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { program } from './server'

export type Estimates = Map<string, { estimate: number; se: number }>

const DATA = 'SIMULATED-data.csv'
const WOMEN_AND_MEN: Record<string, string> = { F: 'Women', M: 'Men' }

/** In a folder that holds the file's rows, gone afterwards. */
function beside<T>(parts: Map<string, Buffer>, work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'kish-research-'))
  try {
    writeFileSync(join(folder, DATA), parts.get(DATA) ?? '')
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export function byKish(parts: Map<string, Buffer>, variable: string): Estimates {
  return beside(parts, (folder) => {
    const design = { ids: ['psu'], strata: ['stratum'], weights: 'weight', nest: true, lonely: 'adjust' }
    const asked = { stat: 'mean', var: variable, na_rm: true }
    const request = { data: DATA, design, estimates: [{ id: 'all', ...asked }, { id: 'by', by: ['sex'], ...asked }] }
    writeFileSync(join(folder, 'request.json'), JSON.stringify(request))
    const said = execFileSync(program, ['estimate', join(folder, 'request.json'), '--format', 'csv'], { encoding: 'utf8' })
    const rows = said.trim().split('\n').slice(1).map((line) => line.split(','))
    const name = (group = ''): string => WOMEN_AND_MEN[group.replace('sex=', '')] ?? 'All'
    return new Map(rows.map(([, , group, estimate, se]) => [name(group), { estimate: Number(estimate), se: Number(se) }]))
  })
}

/** Runs the code as it is printed; the last lines are the estimates, of which every digit is asked for. */
export function byR(parts: Map<string, Buffer>, code: string): Estimates {
  const asked = code.replaceAll(/^svy(mean|by)\(.*\)$/gm, (line) => {
    return `e <- ${line}; for (i in seq_along(coef(e))) cat("\\nestimate", names(coef(e))[i], sprintf("%.17g", c(coef(e)[i], SE(e)[i])), "\\n")`
  })
  return beside(parts, (folder) => {
    writeFileSync(join(folder, 'code.R'), asked)
    const said = execFileSync('Rscript', ['--vanilla', 'code.R'], { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
    const rows = said.split('\n').filter((line) => line.startsWith('estimate ')).map((line) => line.trim().split(' '))
    return new Map(rows.map(([, name = '', estimate, se]) => [WOMEN_AND_MEN[name] ?? 'All', { estimate: Number(estimate), se: Number(se) }]))
  })
}
