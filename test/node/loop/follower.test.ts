import { describe, expect, test } from 'vitest'
import type { Follower } from '#consensus/follower.ts'
import type { FollowerEffect, FollowerEvent } from '#consensus/follower-event.ts'
import { UNCOMMITTED_BLOCKS_MAX } from '#node/loop/chain-effects.ts'
import { FollowerLoop, UNVOUCHED_BYTES_MAX } from '#node/loop/follower.ts'
import { createInlineChecker } from '#node/pipeline/check-inline.ts'
import type { HeldBlock } from '#node/pipeline/executor.ts'
import { createIngress } from '#node/pipeline/ingress.ts'
import { createAuthoritySet } from '#protocol/chain/authority-set.ts'
import { type Block, encodeBlock } from '#protocol/chain/block.ts'
import { networkIdOf } from '#protocol/genesis.ts'
import { verifySignature } from '#signature'
import { createForge } from '../pipeline/block-forge.ts'
import { certificateOf } from '../storage/machine.ts'
import { blockAt, digestOf } from '../storage/records.ts'
import { createAlarmClock } from './alarm-clock.ts'

const AUTHORITY = 'authority'

const finaliseOf = ({ header, digest }: HeldBlock): FollowerEffect => ({
  type: 'finalise',
  digests: [digest],
  headers: [header],
  certificate: { ...certificateOf(blockAt(1, digestOf('parent'))), digest },
})

const createBench = (effectsOf: (event: FollowerEvent) => readonly FollowerEffect[] = () => []) => {
  const forge = createForge()
  const [leader, node] = [forge.node(), forge.node()]
  const events: FollowerEvent[] = []
  const fatal: string[] = []
  const reports: string[] = []
  const commits: (() => void)[] = []
  const created = createAuthoritySet(forge.world.genesis.authorities)
  if (!created.ok) throw new Error(created.code)
  const unasked = (): never => {
    throw new Error('not of use here')
  }
  const follower: Follower = {
    step: (event) => {
      events.push(event)
      return effectsOf(event)
    },
    freshness: unasked,
    isCurrent: unasked,
    standing: unasked,
  }
  const loop: FollowerLoop = new FollowerLoop({
    ...createAlarmClock(),
    ...node,
    epoch: 1,
    set: created.set,
    follower,
    isAuthority: (peer) => peer === AUTHORITY,
    network: { send: unasked, publish: unasked, score: unasked, peers: () => [] },
    ingress: createIngress({
      networkId: networkIdOf(forge.world.genesis),
      mempool: node.mempool,
      check: createInlineChecker(verifySignature),
      isQuarantined: () => false,
    }),
    bodies: { obtain: unasked, onArrival: () => undefined, abandon: () => undefined },
    isFinal: unasked,
    fetcher: { fetch: unasked, cancel: unasked, onResponse: unasked },
    report: ({ code }) => reports.push(code),
    onFinal: (_blocks, _certificate, stored) => commits.push(stored),
    onEpochEnd: unasked,
    onFatal: (code) => {
      fatal.push(code)
      loop.halt()
    },
  })
  const block = (): Block => {
    const held = leader.build(leader.executor.final(), { of: [forge.transfer(1)] })
    return leader.executor.executed(held.digest) ?? unasked()
  }
  const stored = (): void => {
    for (const done of commits.splice(0)) done()
  }
  return { loop, node, events, fatal, reports, stored, block }
}

describe('a gossiped block', () => {
  test('of an authority is checked, held and told; a second copy does no harm', () => {
    const { loop, node, events, block } = createBench()
    const one = block()
    expect(loop.onGossip('blocks', AUTHORITY, encodeBlock(one))).toBe('accept')
    expect(loop.onGossip('blocks', AUTHORITY, encodeBlock(one))).toBe('accept')
    expect(events).toEqual([
      { type: 'block', source: AUTHORITY, header: one.header, digest: one.digest },
    ])
    expect(node.executor.holds(one.digest)).toBe(true)
  })

  test('of a stranger is of no use; with another body than its header says it is a fault', () => {
    const { loop, node, block } = createBench()
    const one = block()
    const header = { ...one.header, transactionRoot: digestOf('other') }
    expect(loop.onGossip('blocks', 'stranger', encodeBlock(one))).toBe('ignore')
    expect(loop.onGossip('blocks', AUTHORITY, encodeBlock({ ...one, header }))).toBe('reject')
    expect(loop.onGossip('blocks', AUTHORITY, new Uint8Array(9))).toBe('reject')
    expect(node.executor.heldBytes()).toBe(0)
  })

  test('for which nobody vouches is not taken when too many are held', () => {
    const { loop, node, events, block } = createBench()
    const one = block()
    const heavy = { ...createForge().transfer(9), size: UNVOUCHED_BYTES_MAX + 1 }
    const { header } = node.executor.final()
    node.executor.hold({ header, digest: digestOf('heavy'), transactions: [heavy] })
    expect(loop.onGossip('blocks', AUTHORITY, encodeBlock(one))).toBe('ignore')
    expect(events).toEqual([])
  })
})

test('a follower whose store lags takes no blocks and no votes until it is there', () => {
  let next: HeldBlock | undefined
  const { loop, node, reports, stored, block } = createBench(({ type }) =>
    type === 'start' && next !== undefined ? [finaliseOf(next)] : [],
  )
  for (let at = 0; at < UNCOMMITTED_BLOCKS_MAX; at++) {
    next = node.build(node.executor.final())
    loop.dispatch({ type: 'start' })
  }
  next = undefined
  const far = { ...block(), header: { ...block().header, height: 10_000 } }
  expect(reports).toEqual(['store_behind'])
  expect(loop.onGossip('blocks', AUTHORITY, encodeBlock(far))).toBe('ignore')
  expect(loop.onGossip('votes', AUTHORITY, new Uint8Array(9))).toBe('ignore')
  stored()
  expect(loop.onGossip('votes', AUTHORITY, new Uint8Array(9))).toBe('reject')
})

test('a follower that cannot go on hears nothing more', () => {
  const report = { kind: 'fatal', code: 'state_diverged', detail: '', proof: [] } as const
  const { loop, events, fatal, block } = createBench(() => [{ type: 'report', report }])
  loop.dispatch({ type: 'start' })
  expect(fatal).toEqual(['state_diverged'])
  expect(loop.onGossip('blocks', AUTHORITY, encodeBlock(block()))).toBe('ignore')
  loop.dispatch({ type: 'timer', timer: 'repair', epoch: 1, view: 0 })
  expect(events).toHaveLength(1)
})
