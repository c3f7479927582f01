// The addresses of the office's pages, and who may open each.
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { analysisRoutes } from '../analysis/routes'
import { account, may, type Role } from './session'

declare module 'vue-router' {
  interface RouteMeta {
    /** Roles of which one is needed, in the study of the address if it names one. */
    roles?: readonly Role[]
    /** The key of the page's title. */
    title?: string
    /** Needs nobody signed in. */
    isOpen?: boolean
  }
}

export const FIELD: readonly Role[] = ['coordinator', 'supervisor']
export const FORMS: readonly Role[] = ['coordinator', 'supervisor', 'ethics-reviewer', 'statistician']
export const ETHICS: readonly Role[] = ['coordinator', 'ethics-reviewer']
export const READERS: readonly Role[] = ['statistician', 'analyst', 'coordinator', 'ethics-reviewer']

const routes: RouteRecordRaw[] = [
  { path: '/sign-in', name: 'sign-in', component: () => import('./pages/SignIn.vue'), meta: { isOpen: true, title: 'office.signIn.title' } },
  { path: '/', name: 'studies', component: () => import('./pages/Studies.vue'), meta: { title: 'office.studies.title' } },
  ...analysisRoutes,
  { path: '/:rest(.*)*', name: 'nothing', component: () => import('./pages/Nothing.vue'), meta: { title: 'office.nothing.title' } },
]

export const router = createRouter({ history: createWebHistory('/office/'), routes, scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 } })

router.beforeEach((to) => {
  if (to.meta.isOpen) return true
  if (!account.value) return { name: 'sign-in', query: to.fullPath === '/' ? {} : { to: to.fullPath } }
  const study = to.params['study'] === undefined ? undefined : Number(to.params['study'])
  if (to.meta.roles && !may(to.meta.roles, study)) return { name: 'nothing', params: { rest: [] }, replace: true }
  return true
})
