import { faultsOf } from '#protocol/chain/authority-set.ts'
import type { FetchRequest, FetchResponse } from '#protocol/chain/fetch.ts'
import type { SealedEpoch, SnapshotResponse } from '#protocol/chain/snapshot.ts'
import { followEpoch, type Trusted } from '#protocol/proof/finality.ts'
import { isSnapshot } from '#protocol/proof/snapshot.ts'
import type { VerifySignature } from '#protocol/signature.ts'
import { FAMILIES } from '#protocol/state/families.ts'
import type { Clock, Timers } from '../loop/ports.ts'
import type { PeerName } from '../network/network-port.ts'
import type { SnapshotStore } from '../storage/snapshot-store.ts'
import type { StorageError } from '../storage/storage-error.ts'
import { type Choice, createSnapshotOffers } from './snapshot-offers.ts'
import { createSnapshotPull, type SnapshotPull } from './snapshot-pull.ts'
import { createSnapshotQuestions } from './snapshot-questions.ts'

/** From one round of questions for offers to the next. */
export const OFFERS_PAUSE_MS = 500
/** Whoever has not been answered by f + 1 so soon begins without a snapshot: nobody may be there yet. */
export const DECIDE_MS = 5_000
/** How long somebody may say that it is far ahead without showing a snapshot of that. */
export const HEAD_MS = 30_000
/** From the first snapshot offered to the choice: others may hold the same, or a better one. */
export const GATHER_MS = 2_500
/** Epochs before a snapshot: a change of authorities every week for eighty years. */
const EPOCHS_MAX = 4_096

export type SnapshotReceiverParts = {
  readonly clock: Clock
  readonly timers: Timers
  readonly send: (peer: PeerName, request: FetchRequest) => void
  /** The peer gave what no honest one gives. */
  readonly onLie: (peer: PeerName) => void
  readonly store: SnapshotStore
  /** Who finalises in the first epoch. */
  readonly trusted: Trusted
  readonly verify: VerifySignature
  /** Blocks behind from which on a snapshot is taken. */
  readonly fromBlocks: number
  readonly onProgress: (progress: SnapshotProgress) => void
  /** `received`: the store is as of a snapshot; `none`: it is as it was. */
  readonly onEnd: (end: 'received' | 'none') => void
  readonly onFailure: (error: StorageError) => void
}

/** How far a snapshot of this height is received, in slots of the state. */
export type SnapshotProgress = {
  readonly height: number
  readonly slots: number
  readonly of: number
  readonly peers: number
}

/** Brings a store without blocks to the state of a final block that peers hold a snapshot of. */
export type SnapshotReceiver = {
  readonly start: () => void
  readonly onResponse: (from: PeerName, response: FetchResponse) => void
  readonly onPeer: (peer: PeerName, state: 'up' | 'down') => void
}

export const createSnapshotReceiver = (parts: SnapshotReceiverParts): SnapshotReceiver =>
  new Receiver(parts)

type Stage =
  | { readonly name: 'offers' }
  | { readonly name: 'proof'; readonly choice: Choice }
  | { readonly name: 'pull'; readonly choice: Choice; readonly pull: SnapshotPull }
  | { readonly name: 'over' }

class Receiver implements SnapshotReceiver {
  readonly #parts: SnapshotReceiverParts
  readonly #questions: ReturnType<typeof createSnapshotQuestions>
  readonly #offers = createSnapshotOffers()
  readonly #up = new Set<PeerName>()
  readonly #liars = new Set<PeerName>()
  #stage: Stage = { name: 'offers' }
  /** The height of what the disk holds a part of. */
  #begun: number | undefined
  #startedAtMs = 0
  /** When somebody first said that it is far ahead, and when somebody first offered a snapshot. */
  #wantedAtMs: number | undefined
  #offeredAtMs: number | undefined

  constructor(parts: SnapshotReceiverParts) {
    this.#parts = parts
    this.#questions = createSnapshotQuestions(parts)
  }

  start(): void {
    this.#startedAtMs = this.#nowMs()
    this.#begun = this.#parts.store.phase()?.height
    this.#ask()
  }

  onResponse(from: PeerName, response: FetchResponse): void {
    this.#questions.onResponse(from, response)
  }

  onPeer(peer: PeerName, state: 'up' | 'down'): void {
    if (state === 'up') {
      this.#up.add(peer)
      this.#askPeer(peer)
      return
    }
    this.#up.delete(peer)
    this.#offers.forget(peer)
    this.#questions.forget(peer)
    this.#refresh()
  }

  /** Asks everybody where it stands, now and again as long as this lasts: holders come and go. */
  #ask(): void {
    if (this.#stage.name === 'over') return
    const pauseMs = this.#stage.name === 'pull' ? GATHER_MS : OFFERS_PAUSE_MS
    this.#parts.timers.set('snapshot/offers', this.#nowMs() + pauseMs, () => this.#ask())
    for (const peer of this.#up) this.#askPeer(peer)
    this.#refresh()
  }

  #askPeer(peer: PeerName): void {
    if (this.#liars.has(peer) || this.#questions.open(peer) > 0) return
    this.#questions.ask(peer, { type: 'offer', make: this.#isWanted() }, (answer) => {
      if (typeof answer === 'string') this.#offers.forget(peer)
      else if (answer.type === 'offer') this.#offers.note(peer, usable(answer))
      this.#refresh()
    })
  }

  #isWanted(): boolean {
    return this.#begun !== undefined || this.#wantedAtMs !== undefined
  }

  #refresh(): void {
    const stage = this.#stage
    if (stage.name === 'pull') stage.pull.onHolders(this.#offers.holders(stage.choice.digest))
    if (stage.name === 'offers') this.#decide()
  }

  #decide(): void {
    if (this.#isWanted()) this.#choose()
    else if (this.#offers.height() >= this.#parts.fromBlocks) {
      this.#wantedAtMs = this.#nowMs()
      for (const peer of this.#up) this.#askPeer(peer)
    } else if (this.#isDecided()) this.#end('none')
  }

  /** At least one that is honest has said that it is not far ahead; or nobody is there to ask. */
  #isDecided(): boolean {
    const enough = faultsOf(this.#parts.trusted.authoritySet.members.length) + 1
    return this.#offers.answered() >= enough || this.#nowMs() - this.#startedAtMs >= DECIDE_MS
  }

  #choose(): void {
    const nowMs = this.#nowMs()
    const choice = this.#offers.best({ floor: this.#begun ?? 1, wanted: this.#begun })
    if (choice === undefined) {
      this.#offeredAtMs = undefined
      const isLate = nowMs - (this.#wantedAtMs ?? nowMs) >= HEAD_MS
      if (this.#begun === undefined && isLate) this.#end('none')
      return
    }
    this.#offeredAtMs ??= nowMs
    const isGathered = this.#offers.offering() >= this.#up.size - this.#liars.size
    if (isGathered || nowMs - this.#offeredAtMs >= GATHER_MS) this.#prove(choice)
  }

  /** Follows the authorities from genesis to the epoch of the snapshot, then judges its head by them. */
  #prove(choice: Choice): void {
    const { head, digest, peer } = choice
    const stage: Stage = { name: 'proof', choice }
    this.#stage = stage
    const go = (ends: readonly SealedEpoch[], trusted: Trusted): void => {
      if (ends.length >= head.epochs) {
        if (isSnapshot(head, trusted, this.#parts.verify)) this.#begin(choice, ends)
        else this.#reject(peer)
        return
      }
      this.#questions.ask(peer, { type: 'epochs', digest, from: ends.length }, (answer) => {
        if (this.#stage !== stage) return
        if (typeof answer === 'string' || answer.type !== 'epochs') {
          this.#offers.forget(peer)
          this.#again()
          return
        }
        const followed = followAll(answer.ends, trusted, this.#parts.verify)
        if (answer.ends.length === 0 || followed === undefined) this.#reject(peer)
        else go([...ends, ...answer.ends], followed)
      })
    }
    go([], this.#parts.trusted)
  }

  #begin(choice: Choice, ends: readonly SealedEpoch[]): void {
    const { store, onFailure } = this.#parts
    const { height } = choice.head.header
    store.begin({ height }, (error) => {
      if (error !== undefined) {
        onFailure(error)
        return
      }
      this.#begun = height
      const pull = createSnapshotPull({
        ...this.#parts,
        ...choice,
        ends,
        questions: this.#questions,
        onLie: (peer) => this.#lied(peer),
        onAbsent: (peer) => {
          this.#offers.forget(peer)
          this.#refresh()
        },
        onAlone: () => this.#again(),
        onWhole: () => this.#end('received'),
      })
      this.#stage = { name: 'pull', choice, pull }
      pull.start(this.#offers.holders(choice.digest))
    })
  }

  #lied(peer: PeerName): void {
    this.#liars.add(peer)
    this.#offers.forget(peer)
    this.#parts.onLie(peer)
    this.#refresh()
  }

  #reject(peer: PeerName): void {
    this.#stage = { name: 'offers' }
    this.#lied(peer)
    this.#ask()
  }

  /** Nobody holds this snapshot any more: what is on disk of it counts where another one has the same. */
  #again(): void {
    this.#stage = { name: 'offers' }
    this.#offeredAtMs = undefined
    this.#ask()
  }

  #end(end: 'received' | 'none'): void {
    this.#stage = { name: 'over' }
    this.#parts.timers.clear('snapshot/offers')
    this.#parts.onEnd(end)
  }

  #nowMs(): number {
    return this.#parts.clock.monotonicMs()
  }
}

/** An offer without a head whose records this software does not know, or whose proof would not end. */
const usable = (offer: Offered): Offered => {
  const { head } = offer
  const known = Object.values(FAMILIES).map(({ number }) => number)
  const isKnown =
    head?.families.length === known.length &&
    known.toSorted((a, b) => a - b).every((number, at) => head.families[at]?.number === number)
  return isKnown && head.epochs <= EPOCHS_MAX ? offer : { ...offer, head: undefined }
}

type Offered = Extract<SnapshotResponse, { type: 'offer' }>

const followAll = (
  ends: readonly SealedEpoch[],
  trusted: Trusted,
  verify: VerifySignature,
): Trusted | undefined => {
  let known = trusted
  for (const end of ends) {
    const followed = followEpoch(end, known, verify)
    if (!followed.ok) return undefined
    known = followed.trusted
  }
  return known
}
