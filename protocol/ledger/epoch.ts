import { authoritySetOf } from '../chain/authority-set.ts'
import type { NextEpoch } from '../chain/epoch.ts'
import { authoritiesOf, networkOf } from './network.ts'
import type { Draft, View } from './view.ts'

/**
 * At the start of the block that follows a sealing one: the new set is the present one, its operators
 * may sign, and the network follows the rules it chose. Keys of former operators stay known: they may
 * sign, and no rule lets them do anything.
 */
export const beginEpoch = (draft: Draft, height: number): void => {
  const { epoch, members: former, change } = authoritiesOf(draft)
  if (change === undefined) return
  const { members, version } = change
  const network = networkOf(draft)
  const over = { epoch, members: former, version: network.ver, sealedHeight: height - 1 }
  draft.put('epoch', String(epoch), over)
  draft.put('network', 'network', { ...network, ver: version })
  for (const { operatorKey: key } of members) {
    if (draft.get('key', key) === undefined) draft.put('key', key, { key })
  }
  draft.put('authorities', 'authorities', { epoch: epoch + 1, members })
}

/** What the newest block of a state brings about; undefined unless it is a sealing block. */
export const nextEpochOf = (view: View): NextEpoch | undefined => {
  const { epoch, change } = authoritiesOf(view)
  if (change === undefined) return undefined
  return { epoch: epoch + 1, set: authoritySetOf(change.members), version: change.version }
}

/** The epoch that a block after the newest one of a state belongs to, and the rules it follows. */
export const placeAfter = (view: View): { readonly epoch: number; readonly version: number } => {
  const { epoch, change } = authoritiesOf(view)
  return change === undefined
    ? { epoch, version: networkOf(view).ver }
    : { epoch: epoch + 1, version: change.version }
}
