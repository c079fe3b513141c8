import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDurableGate } from '#node/loop/durable-gate.ts'
import { voteIn } from '../storage/records.ts'

const acts = fc.array(fc.constantFrom('persist', 'say', 'flush', 'sync'), { maxLength: 80 })

test('what is said leaves in order, and never before what was to be written first', () => {
  fc.assert(
    fc.property(acts, fc.boolean(), (plan, talkative) => {
      const writes: { readonly upTo: number; readonly done: () => void }[] = []
      let asked = 0
      let durable = 0
      let written = 0
      const gate = createDurableGate(({ records }, done) => {
        written += records.length
        writes.push({ upTo: written, done })
      })
      const said: number[] = []
      let last = 0
      const say = (): void => {
        last += 1
        const mine = last
        const needs = asked
        gate.after(() => {
          expect(durable).toBeGreaterThanOrEqual(needs)
          said.push(mine)
          if (talkative && mine % 3 === 0) say()
        })
      }
      const sync = (): void => {
        const write = writes.shift()
        durable = write?.upTo ?? durable
        write?.done()
      }
      const persist = (): void => {
        asked += 1
        gate.persist(voteIn(asked))
      }
      const run = { persist, say, flush: gate.flush, sync }
      for (const act of plan) run[act]()
      gate.flush()
      while (writes.length > 0) sync()
      expect(gate.waiting()).toBe(0)
      expect(said.toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: last }, (_, at) => at + 1),
      )
      if (!talkative) expect(said).toEqual(said.toSorted((a, b) => a - b))
    }),
  )
})
