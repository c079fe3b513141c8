import { describe, expect, test } from 'vitest'
import {
  FINAL_RIDES_AFTER_MS,
  LATE_FINAL_MS,
  LATE_MS,
  LateCertificates,
  NOTARIZED_RIDES_AFTER_MS,
} from '#node/loop/late-certificates.ts'
import type { Certificate } from '#protocol/chain/certificate.ts'
import { digestOf } from '../storage/records.ts'
import { createAlarmClock } from './alarm-clock.ts'

const PARTS = { epoch: 1, signers: [], signatures: [] }

const certificateOf = (kind: Certificate['kind'], view: number): Certificate =>
  kind === 'nullify'
    ? { kind, view, ...PARTS }
    : { kind, view, parentView: view - 1, digest: digestOf('block'), ...PARTS }

/** What left, in order; each certificate is called by its kind and view. */
const createBench = () => {
  const { clock, timers, pass, armed } = createAlarmClock()
  const late = new LateCertificates({ clock, timers })
  const left: string[] = []
  const add = (kind: Certificate['kind'], view: number): void =>
    late.add(certificateOf(kind, view), () => left.push(`${kind} ${view}`))
  return { late, left, add, pass, armed }
}

describe('certificates that nobody waits for', () => {
  test('leave by themselves, no later than the first of them may', () => {
    const { left, add, pass, armed } = createBench()
    add('notarize', 7)
    pass(LATE_MS - 1)
    add('nullify', 8)
    expect(left).toEqual([])
    pass(1)
    expect(left).toEqual(['notarize 7', 'nullify 8'])
    expect(armed()).toEqual([])
  })

  test('leave with the next urgent message, and once', () => {
    const { late, left, add, pass } = createBench()
    add('nullify', 7)
    late.release()
    expect(left).toEqual(['nullify 7'])
    late.release()
    pass(LATE_MS)
    expect(left).toEqual(['nullify 7'])
  })

  test('of a notarization do not travel with the finalize vote that it permits, but soon after', () => {
    const { late, left, add, pass } = createBench()
    add('notarize', 7)
    pass(NOTARIZED_RIDES_AFTER_MS - 1)
    late.release()
    expect(left).toEqual([])
    pass(1)
    late.release()
    expect(left).toEqual(['notarize 7'])
  })

  test('of a notarization never leave when the block is final by then, and hurry nobody', () => {
    const { late, left, add, pass } = createBench()
    add('notarize', 7)
    pass(NOTARIZED_RIDES_AFTER_MS)
    add('finalize', 7)
    late.release()
    pass(LATE_FINAL_MS - 1)
    expect(left).toEqual([])
    pass(1)
    expect(left).toEqual(['finalize 7'])
  })

  test('need not leave once a finalization says as much, which itself does in time', () => {
    const { left, add, pass } = createBench()
    add('nullify', 6)
    add('finalize', 5)
    add('notarize', 7)
    add('notarize', 8)
    pass(LATE_MS - 1)
    add('finalize', 7)
    pass(1)
    expect(left).toEqual(['notarize 8', 'finalize 7'])
  })

  test('wait longer when they only make a block final, and no other one longer for it', () => {
    const { left, add, pass } = createBench()
    add('finalize', 6)
    pass(LATE_FINAL_MS - 1)
    expect(left).toEqual([])
    pass(1)
    add('finalize', 7)
    add('notarize', 8)
    pass(LATE_MS)
    expect(left).toEqual(['finalize 6', 'finalize 7', 'notarize 8'])
  })

  test('ride along only after a while when they only make a block final, as the newest does', () => {
    const { late, left, add, pass, armed } = createBench()
    add('finalize', 6)
    pass(FINAL_RIDES_AFTER_MS - 1)
    add('finalize', 7)
    add('nullify', 8)
    late.release()
    expect(left).toEqual(['nullify 8'])
    pass(1)
    late.release()
    expect(left).toEqual(['nullify 8', 'finalize 7'])
    expect(armed()).toEqual([])
  })

  test('that are left behind by those that rode along still leave in their own time', () => {
    const { late, left, add, pass } = createBench()
    add('nullify', 8)
    add('finalize', 7)
    late.release()
    expect(left).toEqual(['nullify 8'])
    pass(LATE_FINAL_MS - 1)
    expect(left).toEqual(['nullify 8'])
    pass(1)
    expect(left).toEqual(['nullify 8', 'finalize 7'])
  })

  test('wait no longer when a finalization takes the place of all that waited', () => {
    const { left, add, pass } = createBench()
    add('nullify', 7)
    pass(LATE_MS - 1)
    add('finalize', 7)
    expect(left).toEqual([])
    pass(1)
    expect(left).toEqual(['finalize 7'])
  })
})
