// How the pages are built: the office's and the interview's, each from its own index.html.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import vue from '@vitejs/plugin-vue'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { shell } from './shell.ts'

const here = import.meta.dirname
const SMALL = 1024

/** Writes each text file a second and third time, compressed, so that the server never has to. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    closeBundle() {
      const dist = join(here, 'dist')
      const names = readdirSync(dist, { recursive: true, encoding: 'utf8' })
      for (const name of names.filter((name) => /\.(html|js|css|json|svg|wasm|webmanifest)$/.test(name))) {
        const bytes = readFileSync(join(dist, name))
        if (bytes.length < SMALL) continue
        writeFileSync(join(dist, `${name}.gz`), gzipSync(bytes, { level: 9 }))
        writeFileSync(join(dist, `${name}.br`), brotliCompressSync(bytes))
      }
    },
  }
}

export default defineConfig({
  root: here,
  appType: 'mpa',
  plugins: [vue(), shell(), compressed()],
  define: {
    __VUE_OPTIONS_API__: 'true',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { office: resolve(here, 'office/index.html'), i: resolve(here, 'i/index.html'), notes: resolve(here, 'i/notes.html') },
      // Names are hashes alone: what a browser remembers of a page says nothing about it.
      output: {
        entryFileNames: 'assets/[hash].js',
        chunkFileNames: 'assets/[hash].js',
        assetFileNames: 'assets/[hash][extname]',
      },
    },
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:8080' } },
  test: {
    projects: [
      { extends: true, test: { name: 'pages', include: ['src/**/*.test.ts'], exclude: ['src/interview/**'] } },
      // Forms are read by the browser's own parser of XML.
      { extends: true, test: { name: 'interview', include: ['src/interview/**/*.test.ts'], environment: 'jsdom', setupFiles: ['src/interview/walk/in-node.ts'] } },
    ],
  },
})
