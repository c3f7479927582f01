// Three wishes in a hurry are two requests: the first and the last.
import { expect, it } from 'vitest'
import { ref, shallowRef } from 'vue'
import type { Asking } from '../office/asking'
import { useLatest } from './latest'

it('leaves out what was asked for in between', async () => {
  const asking: Asking = {
    isBusy: ref(false),
    problem: shallowRef(null),
    run: async (act) => {
      asking.isBusy.value = true
      await act()
      asking.isBusy.value = false
      return true
    },
  }
  let wanted = 'first'
  const asked: string[] = []
  const load = useLatest(asking, async () => {
    asked.push(wanted)
    await Promise.resolve()
  })
  const done = load()
  wanted = 'second'
  void load()
  wanted = 'third'
  void load()
  await done
  expect(asked).toEqual(['first', 'third'])
})
