import type { NodeCore } from '#node/loop/node-core.ts'
import type { NetworkPort, PeerName } from '#node/network/network-port.ts'
import type { ReceivingSnapshot } from '#node/recovery/receive-snapshot.ts'
import type { SegmentSizes } from '#node/storage/storage.ts'
import type { Genesis } from '#protocol/genesis.ts'
import type { RuleBook } from '#protocol/ledger/rule-book.ts'
import type { VerifySignature } from '#protocol/signature.ts'
import type { Agenda } from './agenda.ts'
import type { Observation, Who } from './observation.ts'
import type { OpenProcess, SimulatedSeat } from './process.ts'
import type { RandomSource } from './random.ts'
import type { VirtualTimers } from './virtual-timers.ts'

export type MachineParts = {
  readonly who: Who
  readonly peer: PeerName
  readonly genesis: Genesis
  readonly seat: SimulatedSeat | undefined
  readonly rules?: RuleBook
  readonly verify: VerifySignature
  readonly agenda: Agenda
  readonly random: RandomSource
  /** Wall clock minus true time. */
  readonly skewMs: number
  readonly syncMs: { readonly min: number; readonly max: number }
  readonly segments: SegmentSizes
  readonly network: () => NetworkPort
  /** What the node hears instead of what was said to it; undefined: nothing. */
  readonly hear: (from: PeerName, bytes: Uint8Array) => Uint8Array | undefined
  readonly onRise: () => void
  readonly onFall: () => void
  readonly observe: (observation: Seen) => void
  readonly note: (event: string, sum: number, detail: () => string) => void
}

/** What is seen, before time and name are added. */
export type Seen = Observation extends infer One
  ? One extends Observation
    ? Omit<One, 'who' | 'atMs'>
    : never
  : never

/** A process and everything that dies with it. */
export type Life = {
  readonly number: number
  readonly bornMs: number
  readonly timers: VirtualTimers
  open: OpenProcess | undefined
  /** Before it is open: it receives the snapshot that its copy begins with. */
  receiving: ReceivingSnapshot | undefined
  lookout: { readonly look: () => void; readonly view: () => number } | undefined
  /** Its disk failed: it has to stop, and may say so. */
  failed: boolean
  /** Its amnesia is over once it is on disk where the lost votes can be. */
  knows: boolean
}

/** Who hears of messages and links in a process: its core, or what receives a snapshot before there is one. */
export type Ear = NodeCore | ReceivingSnapshot
