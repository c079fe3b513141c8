import { EMPTY_BLOCK_PAUSE_MS, EMPTY_RUN_MAX } from '#protocol/chain/chain-limits.ts'
import type { Header } from '#protocol/chain/header.ts'
import type { Core } from './state.ts'

/** What a block without content is judged by: its parent, and the empty blocks that end there. */
type EmptyParent = { readonly header: Header; readonly emptyRun: number }

/**
 * Whether a block without content may follow a final parent: as one of a few in a row, or after a
 * pause in block time that everybody can read from the two headers.
 */
export const mayBeEmpty = (core: Core, timestampMs: number, parent: EmptyParent): boolean =>
  parent.emptyRun < EMPTY_RUN_MAX ||
  timestampMs - parent.header.timestampMs >= Math.min(EMPTY_BLOCK_PAUSE_MS, core.config.heartbeatMs)

/** Whether somebody wants a block for its time alone. */
export const isTimeAsked = ({ work }: Core): boolean => work.blockTimeAsked || work.governance
