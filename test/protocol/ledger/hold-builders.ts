import { units } from '#protocol/amount.ts'
import { createdHoldId } from '#protocol/derive.ts'
import type { HoldId } from '#protocol/id.ts'
import type { Agreement } from '#protocol/transaction/consent.ts'
import type { HoldOpen } from '#protocol/transaction/kinds/hold.ts'
import { type Actor, actor } from '#test/support/actors.ts'
import type { Consenting } from '#test/support/ledger-builders.ts'
import type { Attempt, Scene } from './refusal-scene.ts'

export const HOUR_MS = 3_600_000
/** Signs captures of every hold here. */
export const HOLD_KEY = actor('bar node')

/**
 * A tab of 100 on the weak card for an hour, by the bar's own key, which no cap binds. The bar's money
 * may be leased without much of a limit, unless it has one.
 */
export const opening = (
  scene: Scene,
  changes: Partial<HoldOpen> = {},
): Attempt & { readonly body: HoldOpen } => {
  const { world, bar, weak } = scene
  if (world.get('asset', bar.local).lease === undefined) {
    allowLeases(scene, { cap: 1_000_000, durationMs: 31 * 24 * HOUR_MS })
  }
  return {
    by: bar.owner,
    body: {
      kind: 'hold.open',
      place: bar.place,
      payer: { card: weak.id },
      asset: bar.local,
      cap: units(100),
      key: HOLD_KEY.key,
      purpose: 'tab',
      expiresAtMs: world.nowMs() + HOUR_MS,
      ...changes,
    },
  }
}

/** A hold that is open now. */
export const openedHold = (scene: Scene, changes: Partial<HoldOpen> = {}): HoldId => {
  const { world, bar } = scene
  const jti = world.jti()
  const { by, body } = opening(scene, changes)
  world.must(by, body, { jti })
  return createdHoldId({ scope: bar.place, jti, index: 0 })
}

export const holdConsent = (
  { world, bar }: Scene,
  by: Actor,
  changes: Partial<Extract<Agreement, { kind: 'hold.open' }>>,
): Consenting => ({
  by,
  agree: {
    kind: 'hold.open',
    place: bar.place,
    asset: bar.local,
    purpose: 'tab',
    max: units(100),
    releaseAtMs: world.nowMs() + HOUR_MS,
    ...changes,
  },
})

/** The bar's money is not for leases. */
export const forbidLeases = ({ world, bar }: Scene): void => {
  const { lease: _, ...asset } = world.get('asset', bar.local)
  world.edit('asset', bar.local, asset)
}

/** The terms under which the bar's money may be leased. */
export const allowLeases = (
  { world, bar }: Scene,
  { cap, durationMs }: { readonly cap: number; readonly durationMs: number },
): void => {
  const lease = { cap: units(cap), durationMs }
  world.edit('asset', bar.local, { ...world.get('asset', bar.local), lease })
}
