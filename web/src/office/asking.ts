// One request of a page after the other: whether it is under way, and what went wrong.
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { Problem } from '../shared/api'
import { router } from './router'
import { leave } from './session'

export interface Asking {
  isBusy: Ref<boolean>
  problem: ShallowRef<Problem | null>
  /** Does something; answers whether it went well. A session that has ended leads to signing in, and back. */
  run: (act: () => Promise<void>) => Promise<boolean>
}

export function useAsking(): Asking {
  const isBusy = ref(false)
  const problem = shallowRef<Problem | null>(null)
  async function run(act: () => Promise<void>): Promise<boolean> {
    if (isBusy.value) return false
    isBusy.value = true
    problem.value = null
    try {
      await act()
      return true
    } catch (e) {
      if (!(e instanceof Problem)) throw e
      problem.value = e
      if (e.code === 'not-signed-in') await toSignIn()
      return false
    } finally {
      isBusy.value = false
    }
  }
  return { isBusy, problem, run }
}

async function toSignIn(): Promise<void> {
  leave()
  await router.push({ name: 'sign-in', query: { to: router.currentRoute.value.fullPath } })
}
