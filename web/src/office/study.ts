// The study whose pages are open: loaded once by their frame, read by each of them.
import { inject, provide, shallowRef, type InjectionKey, type ShallowRef } from 'vue'
import { askJson } from '../shared/api'
import type { Study } from './types'

interface Open {
  study: Readonly<ShallowRef<Study>>
  /** Below the study's address in the interface. */
  at: (path: string) => string
  reload: () => Promise<void>
}

const KEY: InjectionKey<Open> = Symbol('study')

/** Opens a study for the pages within; what comes back loads it, before which none of them may be shown. */
export function openStudy(id: string): () => Promise<void> {
  const path = `/v1/projects/${encodeURIComponent(id)}`
  const study = shallowRef({} as Study)
  const reload = async () => void (study.value = await askJson<Study>('GET', path))
  provide(KEY, { study, reload, at: (below) => path + below })
  return reload
}

/** The study that the frame around this page has loaded. */
export function useStudy(): Open {
  const open = inject(KEY)
  if (!open) throw new Error('this page stands outside a study')
  return open
}

/** A form's address below its study's. */
export function formPath(form: string, below = ''): string {
  return `/forms/${encodeURIComponent(form)}${below}`
}
