// What is measured by hand, in the browser and against the servers of the tests.
import { defineConfig } from '@playwright/test'
import tests from './playwright.config'

export default defineConfig(tests, { testMatch: '*.measure.ts' })
