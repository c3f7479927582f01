// The addresses of the pages that show tables, releases and research files, and who may open each.
import type { RouteRecordRaw } from 'vue-router'
import type { Role } from '../office/session'

/** Who may read a table by itself: the statistician its draft, the analyst what is released. */
export const TABLE_READERS: readonly Role[] = ['statistician', 'analyst']
/** Who may see what is out. */
export const RELEASE_READERS: readonly Role[] = ['statistician', 'analyst', 'coordinator', 'ethics-reviewer']
/** Who composes and approves releases, and grants research files. */
export const INSIDERS: readonly Role[] = ['statistician', 'coordinator', 'ethics-reviewer']

export const analysisRoutes: RouteRecordRaw[] = [
  {
    path: '/studies/:study/tables',
    name: 'tables',
    component: () => import('./pages/Tables.vue'),
    meta: { roles: TABLE_READERS, title: 'analysis.tables.title' },
  },
  {
    path: '/studies/:study/releases',
    name: 'releases',
    component: () => import('./pages/Releases.vue'),
    meta: { roles: RELEASE_READERS, title: 'analysis.releases.title' },
  },
  {
    path: '/studies/:study/releases/new',
    name: 'compose',
    component: () => import('./pages/Compose.vue'),
    meta: { roles: ['statistician'], title: 'analysis.compose.title' },
  },
  {
    path: '/studies/:study/releases/:release(\\d+)',
    name: 'release',
    component: () => import('./pages/OneRelease.vue'),
    meta: { roles: RELEASE_READERS, title: 'analysis.release.title' },
  },
  {
    path: '/studies/:study/research-files',
    name: 'research-files',
    component: () => import('./pages/ResearchFiles.vue'),
    meta: { roles: INSIDERS, title: 'analysis.research.title' },
  },
]
