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

/** A tab of 100 on the weak card for an hour, by the bar's own key, which no cap binds. */
export const opening = (
  { world, bar, weak }: Scene,
  changes: Partial<HoldOpen> = {},
): Attempt & { readonly body: HoldOpen } => ({
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
})

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
    max: units(100),
    expiresAtMs: world.nowMs() + HOUR_MS,
    ...changes,
  },
})

/** The terms under which the bar's money may be leased. */
export const allowLeases = (
  { world, bar }: Scene,
  { cap, durationMs }: { readonly cap: number; readonly durationMs: number },
): void => {
  const lease = { cap: units(cap), durationMs }
  world.edit('asset', bar.local, { ...world.get('asset', bar.local), lease })
}
