import { expect, test, vi } from 'vitest'
import type { CaptureAnswer } from '#node/leases/capture.ts'
import { openLeases } from '#node/start/leases.ts'
import { units } from '#protocol/amount.ts'
import { createdHoldId } from '#protocol/derive.ts'
import { deriveId, type HoldId } from '#protocol/id.ts'
import { actor } from '../../support/actors.ts'
import { ROOMY_CAPS, ROOMY_LIMITS } from '../../support/ledger-builders.ts'
import { createMachine } from '../desk/machine.ts'
import { type Bar, must, openBar, type SoloNode, startNode } from '../desk/solo-node.ts'

const KEY = actor('lease')
const CARD = deriveId('crd', 'tag')

const leasesOf = async (node: SoloNode) => {
  const { core, storage, origin, clock, view, recent } = node
  const { leases } = await openLeases({
    clock,
    storage,
    networkId: origin.networkId,
    outbox: core.outbox,
    keys: (name) => (name === 'lease' ? { signerKey: KEY.key, sign: KEY.sign } : undefined),
    view,
    headMs: () => recent.head().timeMs,
    repeat: (_name, _pauseMs, act) => act(),
  })
  return leases
}

/** 500 of a card's money, kept apart for the bar's node. */
const openHold = async ({ node, place, local }: Bar): Promise<HoldId> => {
  const mandate = { caps: ROOMY_CAPS }
  const roll = { batch: 'roll', strength: 'weak', mandate } as const
  await must(node, node.newId(), 'place', { kind: 'card.register', place, ...roll, cards: [CARD] })
  await must(node, node.newId(), 'place', { kind: 'card.activate', place, card: CARD })
  const money = { kind: 'issue', place, asset: local, amount: units(1000) } as const
  await must(node, node.newId(), 'place', { ...money, to: { card: CARD } })
  const lease = { cap: units(500), durationMs: 3_600_000 }
  const terms = { name: 'Cups', transferable: true, cardLimits: ROOMY_LIMITS, lease }
  await must(node, node.newId(), 'place', { kind: 'asset.update', place, asset: local, ...terms })
  const id = node.newId()
  await must(node, id, 'place', {
    kind: 'hold.open',
    place,
    payer: { card: CARD },
    asset: local,
    cap: units(500),
    key: KEY.key,
    purpose: 'tab',
    expiresAtMs: node.clock.wallMs() + 3_600_000,
  })
  return createdHoldId({ scope: place, jti: id, index: 0 })
}

test('a node captures from its lease, delivers it, and knows of it after a restart', async () => {
  const machine = createMachine()
  const node = await startNode(machine)
  node.start()
  const bar = await openBar(node)
  const hold = await openHold(bar)
  const leases = await leasesOf(node)
  const order = { place: bar.place, hold, amount: units(200), id: node.newId() }
  const capture = (asked: typeof order) =>
    new Promise<CaptureAnswer>((resolve) => leases.capture(asked, resolve))
  expect(await capture(order)).toEqual({ kind: 'accepted', replayed: false })
  expect(await capture(order)).toEqual({ kind: 'accepted', replayed: true })
  await vi.waitFor(() => expect(node.view().get('hold', hold)?.captured).toBe(200))
  expect(leases.size()).toBe(0)
  node.stop()
  machine.kill()
  const again = await startNode(machine)
  again.start()
  const known = await leasesOf(again)
  expect(known.size()).toBe(0)
  const more = { ...order, amount: units(301), id: again.newId() }
  const refused = await new Promise<CaptureAnswer>((resolve) => known.capture(more, resolve))
  expect(refused).toEqual({ kind: 'refused', code: 'hold_cap_exceeded' })
  again.stop()
})
