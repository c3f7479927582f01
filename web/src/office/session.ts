// Who is signed in, and what their roles let them do. The proof itself is a cookie out of our reach.
import { computed, reactive } from 'vue'
import { Problem, ask, askJson, proveWith } from '../shared/api'

export type Role = 'administrator' | 'coordinator' | 'supervisor' | 'ethics-reviewer' | 'statistician' | 'analyst'

export interface Account {
  id: number
  email: string
  displayName: string
  /** `projectId` 0: in every study. */
  roles: { projectId: number; role: Role }[]
  /** What shows that a change comes from our page. */
  csrf: string | null
}

const state = reactive<{ account: Account | null }>({ account: null })

export const account = computed(() => state.account)

/** Whether the account has one of these roles in a study; in any study where none is named. */
export function may(roles: readonly Role[], study?: number): boolean {
  const held = state.account?.roles ?? []
  return held.some(({ projectId, role }) => roles.includes(role) && (study === undefined || projectId === 0 || projectId === study))
}

/** Takes up the session the browser still has, if it has one. */
export async function restore(): Promise<void> {
  try {
    enter(await askJson<Account>('GET', '/v1/users/current'))
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem
    state.account = null
  }
}

export async function signIn(login: { email: string; password: string; code?: string }): Promise<void> {
  const { csrf } = await askJson<{ csrf: string }>('POST', '/v1/sessions', { body: login })
  proveWith(csrf)
  enter(await askJson<Account>('GET', '/v1/users/current'))
}

export async function signOut(): Promise<void> {
  await ask('DELETE', '/v1/sessions/current')
  leave()
}

/** Forgets who was signed in: their session has ended. */
export function leave(): void {
  state.account = null
  proveWith('')
}

function enter(found: Account): void {
  state.account = found
  proveWith(found.csrf ?? '')
}
