// The releases of a study with their tables.
import { askJson } from '../shared/api'
import type { Release, ReleaseInShort } from './shapes'

/** Those that are out, newest first. */
export async function outReleases(study: number): Promise<Release[]> {
  const path = `/v1/projects/${study}/releases`
  const releases = await askJson<ReleaseInShort[]>('GET', path)
  const out = releases.filter((release) => release.state === 'frozen').reverse()
  return Promise.all(out.map((release) => askJson<Release>('GET', `${path}/${release.id}`)))
}

/** How many of a table's cells have a number. */
export function shownCells(table: Release['tables'][number]): number {
  return table.cells.filter((cell) => cell.status === 'shown').length
}
