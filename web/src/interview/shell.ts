// The page itself, kept for working without a network: whether it is, and whether a newer one waits.
import { shallowReactive } from 'vue'

export interface Shell {
  isReady: boolean
  hasNewer: boolean
  renew: () => void
}

/** A newer page takes over only when somebody says so: an interview is not reloaded under her hands. */
export function keepShell(): Shell {
  const shell = shallowReactive<Shell>({ isReady: false, hasNewer: false, renew: () => undefined })
  void watchWorker(shell).catch(() => undefined)
  return shell
}

/** Nothing is kept for a person who answers by herself. */
export function noShell(): Shell {
  return { isReady: false, hasNewer: false, renew: () => undefined }
}

async function watchWorker(shell: Shell): Promise<void> {
  if (!import.meta.env.PROD) return
  const registration = await navigator.serviceWorker.register('/i/sw.js', { scope: '/i/' })
  const look = (): void => {
    shell.hasNewer = registration.waiting !== null && registration.active !== null
  }
  registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', look))
  shell.renew = () => {
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
    registration.waiting?.postMessage({ type: 'SKIP_WAITING' })
  }
  look()
  await navigator.serviceWorker.ready
  shell.isReady = true
}
