import type { Effect, TimerName } from '#consensus/effect.ts'
import type { Replica } from '#consensus/replica.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import type { Header } from '#protocol/chain/header.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import type { Hash } from '#protocol/hash.ts'

/** A block as the harness executes it: its transactions are hashes. */
export type Held = {
  readonly header: Header
  readonly digest: Hash
  readonly hashes: readonly Hash[]
}
export type Final = { readonly blocks: readonly Held[]; readonly certificate: Finalization }

/** One authority: its replica, its disk, and a driver that obeys every effect at once. */
export type Node = {
  readonly index: number
  readonly disk: { journal: Uint8Array[]; blockLog: Held[]; store: Final[] }
  held: Map<Hash, Held>
  executed: Set<Hash>
  /** The block executed last. */
  tip: Hash
  mempool: Set<Hash>
  replica: Replica
  alive: boolean
  life: number
  timers: Map<TimerName, number>
  readonly reports: Extract<Effect, { type: 'report' }>['report'][]
  readonly sent: { readonly atMs: number; readonly message: ConsensusMessage }[]
  readonly finalAt: { readonly height: number; readonly digest: Hash; readonly atMs: number }[]
}
