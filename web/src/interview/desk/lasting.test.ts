// Asking the browser to keep what it has never fails.
import { describe, expect, it } from 'vitest'
import { askToLast, lasts } from './lasting'

describe('a browser that is asked to keep what lies in it', () => {
  it('says yes or no', async () => {
    const kept = { persist: () => Promise.resolve(false), persisted: () => Promise.resolve(true) }
    expect([await askToLast(kept), await lasts(kept)]).toEqual([false, true])
  })

  it('may not know the question, or break', async () => {
    expect([await askToLast(undefined), await lasts({})]).toEqual([null, null])
    const broken = { persist: () => Promise.reject(new Error('no')), persisted: () => Promise.reject(new Error('no')) }
    expect([await askToLast(broken), await lasts(broken)]).toEqual([null, null])
  })
})
