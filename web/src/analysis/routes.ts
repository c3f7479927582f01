// The addresses of the pages that show tables, releases and research files, below a study's, and who may open each.
import type { RouteRecordRaw } from 'vue-router'
import { may, type Role } from '../office/session'

/** Who may read tables, drafts or released. */
export const READERS: readonly Role[] = ['statistician', 'analyst', 'coordinator', 'ethics-reviewer']
/** Who may ask for a table by itself: the statistician its draft, the analyst what is released. */
export const TABLE_READERS: readonly Role[] = ['statistician', 'analyst']
/** Who composes and approves releases, and asks for research files or grants them. */
export const INSIDERS: readonly Role[] = ['statistician', 'coordinator', 'ethics-reviewer']

const pages: RouteRecordRaw[] = [
  { path: 'tables', name: 'tables', component: () => import('./pages/Tables.vue'), meta: { roles: TABLE_READERS, title: 'analysis.tables.title' } },
  { path: 'releases', name: 'releases', component: () => import('./pages/Releases.vue'), meta: { roles: READERS, title: 'analysis.releases.title' } },
  {
    path: 'releases/new',
    name: 'compose',
    component: () => import('./pages/Compose.vue'),
    meta: { roles: ['statistician'], title: 'analysis.compose.title' },
  },
  {
    path: 'releases/:release(\\d+)',
    name: 'release',
    component: () => import('./pages/OneRelease.vue'),
    meta: { roles: READERS, title: 'analysis.release.title' },
  },
  {
    path: 'research-files',
    name: 'research-files',
    component: () => import('./pages/ResearchFiles.vue'),
    meta: { roles: INSIDERS, title: 'analysis.research.title' },
  },
]

export const analysisRoutes: RouteRecordRaw[] = [
  {
    path: 'analysis',
    name: 'analysis',
    component: () => import('./parts/AnalysisFrame.vue'),
    redirect: ({ params }) => ({ name: may(TABLE_READERS, Number(params['study'])) ? 'tables' : 'releases', params: { study: params['study'] ?? '' } }),
    meta: { roles: READERS },
    children: pages,
  },
]
