// A page that is left alone is noticed, also after a phone slept.

import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { watchIdle } from './idle'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date', 'performance'] }))
afterEach(() => void vi.useRealTimers())

it('calls after so long without a touch, and not before', () => {
  const onIdle = vi.fn()
  const stop = watchIdle(60_000, onIdle)
  vi.advanceTimersByTime(59_000)
  dispatchEvent(new Event('keydown'))
  vi.advanceTimersByTime(59_000)
  expect(onIdle).not.toHaveBeenCalled()
  vi.advanceTimersByTime(2_000)
  expect(onIdle).toHaveBeenCalledOnce()
  stop()
})

it('counts the time in which a phone slept and its timers stood still', () => {
  const onIdle = vi.fn()
  const stop = watchIdle(60_000, onIdle)
  vi.setSystemTime(Date.now() + 3_600_000)
  document.dispatchEvent(new Event('visibilitychange'))
  expect(onIdle).toHaveBeenCalledOnce()
  stop()
})
