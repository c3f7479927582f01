// Asks whether this page fills in an interview as JavaRosa does: KISH_WALKS names the folder that javarosa_walks.py has left.
import { defineConfig } from 'vitest/config'

process.env['TZ'] = 'UTC'

export default defineConfig({
  root: import.meta.dirname,
  test: { include: ['src/**/*.oracle.ts'], environment: 'jsdom', setupFiles: ['src/interview/walk/in-node.ts'], testTimeout: 1_200_000 },
})
