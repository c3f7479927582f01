// The addresses of the office's pages, and who may open each.
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { analysisRoutes } from '../analysis/routes'
import { ETHICS, FIELD, FORMS, PEOPLE, PREPARE, SAMPLE, STOPS } from './places'
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

const ofStudy: RouteRecordRaw[] = [
  { path: '', name: 'study', component: () => import('./pages/StudyHome.vue') },
  { path: 'forms', name: 'forms', component: () => import('./pages/Forms.vue'), meta: { roles: FORMS, title: 'office.places.forms' } },
  { path: 'forms/:form', name: 'form', component: () => import('./pages/FormPage.vue'), meta: { roles: FORMS, title: 'office.places.forms' } },
  { path: 'forms/:form/ask', name: 'ask', component: () => import('./pages/AskReview.vue'), meta: { roles: PREPARE, title: 'office.ask.title' } },
  { path: 'forms/:form/reviews/:review', name: 'review', component: () => import('./pages/Review.vue'), meta: { roles: ETHICS, title: 'office.review.title' } },
  { path: 'sample', name: 'sample', component: () => import('./pages/Sample.vue'), meta: { roles: SAMPLE, title: 'office.places.sample' } },
  { path: 'reviews', name: 'reviews', component: () => import('./pages/Reviews.vue'), meta: { roles: ETHICS, title: 'office.places.reviews' } },
  { path: 'devices', name: 'devices', component: () => import('./pages/Devices.vue'), meta: { roles: FIELD, title: 'office.places.devices' } },
  { path: 'fieldwork', name: 'fieldwork', component: () => import('./pages/Fieldwork.vue'), meta: { roles: FIELD, title: 'office.places.fieldwork' } },
  { path: 'stops', name: 'stops', component: () => import('./pages/Stops.vue'), meta: { roles: STOPS, title: 'office.places.stops' } },
  ...analysisRoutes,
]

const routes: RouteRecordRaw[] = [
  { path: '/sign-in', name: 'sign-in', component: () => import('./pages/SignIn.vue'), meta: { isOpen: true, title: 'office.signIn.title' } },
  { path: '/', name: 'studies', component: () => import('./pages/Studies.vue'), meta: { title: 'office.studies.title' } },
  { path: '/people', name: 'people', component: () => import('./pages/People.vue'), meta: { roles: PEOPLE, title: 'office.people.title' } },
  { path: '/account', name: 'account', component: () => import('./pages/AccountPage.vue'), meta: { title: 'office.account.title' } },
  { path: '/studies/:study(\\d+)', component: () => import('./parts/StudyFrame.vue'), children: ofStudy },
  { path: '/:rest(.*)*', name: 'nothing', component: () => import('./pages/Nothing.vue'), meta: { title: 'office.nothing.title' } },
]

export const router = createRouter({
  history: createWebHistory('/office/'),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

router.beforeEach((to) => {
  if (to.meta.isOpen || to.name === 'nothing') return true
  if (!account.value) return { name: 'sign-in', query: to.fullPath === '/' ? {} : { to: to.fullPath } }
  const study = to.params['study'] === undefined ? undefined : Number(to.params['study'])
  const isAllowed = !to.meta.roles || may(to.meta.roles, study)
  return isAllowed || { name: 'nothing', params: { rest: to.path.slice(1).split('/') }, replace: true }
})
