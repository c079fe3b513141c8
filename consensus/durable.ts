import type { Finalization } from '#protocol/chain/certificate.ts'
import { knowsWhatIsFinal, sendBeacons } from './beacons.ts'
import { commitNext } from './commit.ts'
import { FLOOR_EVERY_VIEWS } from './limits.ts'
import type { Core } from './state.ts'

/**
 * Hands over every final block that is executed; they wait for the store's word. Their time answers
 * whoever asked for block time: one whom it does not serve asks again.
 */
export const commitFinal = (core: Core): void => {
  for (let done = commitNext(core.chain); done !== undefined; done = commitNext(core.chain)) {
    core.committing.push(pointOf(core, done))
    core.work = { ...core.work, blockTimeAsked: false }
  }
}

/** Upon the store's word that a height is durable, with its finalization. */
export const onAppCommitted = (core: Core, height: number): void => {
  const knew = knowsWhatIsFinal(core)
  for (;;) {
    const next = core.committing[0]
    if (next === undefined || next.height > height) break
    core.durable = next
    core.committing.shift()
  }
  raiseFloor(core)
  // Followers wait for it since the start.
  if (!knew && knowsWhatIsFinal(core)) sendBeacons(core)
}

/** The journal may forget what is below the durable block; said now and then, with a vote's write. */
const raiseFloor = (core: Core): void => {
  const { view, height, digest } = core.durable
  if (view < core.floorView + FLOOR_EVERY_VIEWS) return
  core.floorView = view
  core.pendingFloor = { type: 'floor', epoch: core.config.epoch, view, height, digest }
}

const pointOf = (core: Core, certificate: Finalization) => ({
  height: core.chain.finalised.header.height,
  view: certificate.view,
  digest: certificate.digest,
})
