// The places of a study, in the order of the work, and who may enter each.
import { READERS } from '../analysis/routes'
import type { Role } from './session'

export const FIELD: readonly Role[] = ['coordinator', 'supervisor']
export const PREPARE: readonly Role[] = ['coordinator']
export const FORMS: readonly Role[] = ['coordinator', 'supervisor', 'ethics-reviewer', 'statistician']
export const ETHICS: readonly Role[] = ['coordinator', 'ethics-reviewer']
export const STOPS: readonly Role[] = ['coordinator', 'supervisor', 'ethics-reviewer']
export const SAMPLE: readonly Role[] = ['coordinator', 'supervisor']
export const PEOPLE: readonly Role[] = ['administrator', 'coordinator']

export interface Place {
  name: string
  roles: readonly Role[]
}

export const PLACES: readonly Place[] = [
  { name: 'forms', roles: FORMS },
  { name: 'sample', roles: SAMPLE },
  { name: 'reviews', roles: ETHICS },
  { name: 'devices', roles: FIELD },
  { name: 'fieldwork', roles: FIELD },
  { name: 'stops', roles: STOPS },
  { name: 'analysis', roles: READERS },
]
