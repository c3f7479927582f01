// The addresses of the pages that show tables, below a study's.
import type { RouteRecordRaw } from 'vue-router'
import type { Role } from '../office/session'

/** Who may read tables, drafts or released. */
export const READERS: readonly Role[] = ['statistician', 'analyst', 'coordinator', 'ethics-reviewer']

export const analysisRoutes: RouteRecordRaw[] = []
