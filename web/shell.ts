// What the interview's page keeps for working without a network: its own files and nothing else.
import type { Plugin } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'

/** The pages that open without a network. */
const PAGES = ['i/index.html', 'i/notes.html']
/** Beside what they load. */
const BESIDE = ['i/icon.svg', 'i/icon-192.png', 'i/notes.webmanifest']

/** The worker at /i/sw.js. Neither forms nor answers nor anything the server said are in its cache: those are in the vault. */
export function shell(): Plugin[] {
  const wanted = new Set(BESIDE)
  const worker = VitePWA({
    injectRegister: null,
    manifest: false,
    filename: 'i/sw.js',
    scope: '/i/',
    workbox: {
      globPatterns: ['**/*.{html,js,css,svg,png,webmanifest}'],
      cacheId: 'notes',
      inlineWorkboxRuntime: true,
      sourcemap: false,
      modifyURLPrefix: { '': '/' },
      navigateFallback: '/i/index.html',
      navigateFallbackAllowlist: [/^\/i\/$/],
      clientsClaim: true,
      dontCacheBustURLsMatching: /^\/?assets\//,
      maximumFileSizeToCacheInBytes: 4 << 20,
      manifestTransforms: [
        (entries) => ({ manifest: entries.filter((entry) => wanted.has(entry.url.replace(/^\//, ''))), warnings: [] }),
      ],
    },
  })
  return [reached(wanted), ...worker]
}

/** Notes the files that the pages load, directly or when they need them. */
function reached(wanted: Set<string>): Plugin {
  return {
    name: 'shell',
    apply: 'build',
    generateBundle(_, bundle) {
      const visit = (name: string): void => {
        const file = bundle[name]
        if (!file || wanted.has(name)) return
        wanted.add(name)
        if (file.type !== 'chunk') return
        const styles = [...(file.viteMetadata?.importedCss ?? []), ...(file.viteMetadata?.importedAssets ?? [])]
        for (const other of [...file.imports, ...file.dynamicImports, ...styles]) visit(other)
      }
      for (const file of Object.values(bundle)) {
        const page = file.type === 'chunk' && file.isEntry ? PAGES.find((one) => file.facadeModuleId?.endsWith(`/${one}`)) : undefined
        if (page === undefined) continue
        wanted.add(page)
        visit(file.fileName)
      }
    },
  }
}
