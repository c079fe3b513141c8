import { describe, expect, it } from 'vitest'
import { spentIn, spentLines } from '#scripts/bench/profile/subsystems.ts'

type Call = { readonly of: string; readonly url?: string; readonly calls?: readonly number[] }

const profileOf = (calls: readonly Call[], samples: readonly number[]) => ({
  nodes: calls.map(({ of, url = '', calls: children = [] }, index) => ({
    id: index + 1,
    callFrame: { functionName: of, url },
    children,
  })),
  samples,
  timeDeltas: samples.map(() => 500),
})

const CALLS: readonly Call[] = [
  { of: '(root)', calls: [2, 3, 4, 5] },
  { of: '(idle)' },
  { of: '(garbage collector)' },
  { of: 'onEvent', url: 'file:///k/node/loop/node-core.ts', calls: [6, 7] },
  { of: 'somebody', url: 'file:///k/node_modules/unknown/a.js' },
  { of: 'verifyAll', url: 'file:///k/protocol/transaction/verify.ts', calls: [8] },
  { of: 'send', url: 'file:///k/node/network/link.ts', calls: [9] },
  { of: 'crypto_sign_verify_detached' },
  { of: 'writev', url: 'node:net' },
]

describe('where the time of a process goes', () => {
  it('is told by the nearest frame that says what it is for', () => {
    const { bySubsystem, busyUs, idleUs } = spentIn(profileOf(CALLS, [2, 3, 4, 5, 8, 8, 9]))
    expect({ busyUs, idleUs }).toEqual({ busyUs: 3_000, idleUs: 500 })
    expect(Object.fromEntries(bySubsystem)).toEqual({
      'signature checks': 1_000,
      'garbage collection': 500,
      loop: 500,
      network: 500,
      'Node.js and packages': 500,
    })
    expect(bySubsystem[0]?.[0]).toBe('signature checks')
  })

  it('is shown as a share of what was busy, and a payment', () => {
    const lines = spentLines('venue-1', spentIn(profileOf(CALLS, [2, 2, 8, 8, 9, 9])), 100)
    expect(lines).toEqual([
      'venue-1: busy 67 % of the time, 20.0 µs a payment',
      '   50.0 %    10.0 µs  signature checks',
      '   50.0 %    10.0 µs  network',
    ])
  })
})
