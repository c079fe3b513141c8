import type { Effect } from '#consensus/effect.ts'
import type { HeldBlock } from '#node/pipeline/executor.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import { certificateOf } from '../storage/machine.ts'
import { blockAt, digestOf } from '../storage/records.ts'

/** A replica's word that one block is final. */
export const finaliseOf = ({ header, digest }: HeldBlock): Effect => ({
  type: 'finalise',
  digests: [digest],
  headers: [header],
  certificate: certificateFor(digest),
})

/** A finalization that names this block; nobody checks its signatures here. */
export const certificateFor = (digest: HeldBlock['digest']): Finalization => ({
  ...certificateOf(blockAt(1, digestOf('parent'))),
  digest,
})
