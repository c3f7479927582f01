// The addresses of the pages that show tables.
import type { RouteRecordRaw } from 'vue-router'

export const analysisRoutes: RouteRecordRaw[] = []
