// What is measured by hand, in the browser and against the servers of the tests.
import { defineConfig } from '@playwright/test'
import tests from './playwright.config'

// A trace copies the whole page at every step: on a long list it takes longer than the page itself.
export default defineConfig(tests, { testMatch: '*.measure.ts', use: { trace: 'off' } })
