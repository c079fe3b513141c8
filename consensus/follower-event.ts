import type { Beacon } from '#protocol/chain/beacon.ts'
import type { Certificate } from '#protocol/chain/certificate.ts'
import type { Header } from '#protocol/chain/header.ts'
import type { Vote } from '#protocol/chain/vote.ts'
import type { Hash } from '#protocol/hash.ts'
import type { Effect } from './effect.ts'
import type { Event } from './event.ts'

/**
 * What happens to a follower. `source` names who sent it, so that a liar can be scored; content
 * counts by its signatures alone.
 */
export type FollowerEvent =
  /** The driver received a whole block and holds it. */
  | {
      readonly type: 'block'
      readonly source: string
      readonly header: Header
      readonly digest: Hash
    }
  /** A raw vote; only finalize votes matter here. */
  | { readonly type: 'vote'; readonly source: string; readonly vote: Vote }
  | { readonly type: 'certificate'; readonly source: string; readonly certificate: Certificate }
  | { readonly type: 'beacon'; readonly source: string; readonly beacon: Beacon }
  /** The link to an authority came up: what it has above ours is asked for at once. */
  | { readonly type: 'peerConnected'; readonly peer: number }
  | Extract<
      Event,
      {
        readonly type:
          | 'start'
          | 'timer'
          | 'verified'
          | 'fetchedBlock'
          | 'fetchedSegments'
          | 'fetchFailed'
          | 'stranger'
      }
    >

/** What a follower asks of the world; the same effects as a replica's, and nothing that speaks. */
export type FollowerEffect = Extract<
  Effect,
  {
    readonly type:
      | 'verify'
      | 'fetch'
      | 'abandon'
      | 'finalise'
      | 'setTimer'
      | 'cancelTimer'
      | 'report'
      | 'endEpoch'
      | 'answerStranger'
  }
>
