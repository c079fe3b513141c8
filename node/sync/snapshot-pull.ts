import type { SealedEpoch, SnapshotHead } from '#protocol/chain/snapshot.ts'
import type { Hash } from '#protocol/hash.ts'
import type { Clock, Timers } from '../loop/ports.ts'
import type { PeerName } from '../network/network-port.ts'
import type { SnapshotStore, VerifiedChunk } from '../storage/snapshot-store.ts'
import type { StorageError } from '../storage/storage-error.ts'
import type { SnapshotAnswer, SnapshotQuestions } from './snapshot-questions.ts'
import type { SnapshotProgress } from './snapshot-receiver.ts'
import { createSnapshotWork, type SnapshotItem, type SnapshotWork } from './snapshot-work.ts'

/** Questions on their way in all: of a MiB each they are what a line of 100 Mbit/s brings in a second. */
const IN_FLIGHT_MAX = 8
/** Of one peer: the next answer is on its way while one is checked. */
const IN_FLIGHT_PER_PEER_MAX = 2
/** Writes that wait for the disk, of a MiB each: a slower disk than network slows the questions down. */
const WRITES_MAX = 16
/** How soon it is looked again whether somebody may be asked. */
const PACE_MS = 100
/** Whoever did not answer in time is asked last for so long. */
const REST_MS = 5_000

export type SnapshotPullParts = {
  readonly clock: Clock
  readonly timers: Timers
  readonly head: SnapshotHead
  readonly digest: Hash
  readonly ends: readonly SealedEpoch[]
  readonly store: SnapshotStore
  readonly questions: SnapshotQuestions
  readonly onLie: (peer: PeerName) => void
  /** The peer says that it does not hold it. */
  readonly onAbsent: (peer: PeerName) => void
  /** Nobody holds this snapshot any more. */
  readonly onAlone: () => void
  readonly onWhole: () => void
  readonly onProgress: (progress: SnapshotProgress) => void
  readonly onFailure: (error: StorageError) => void
}

/** Asks all who hold a snapshot for its parts until the store has it whole. */
export type SnapshotPull = {
  readonly start: (holders: readonly PeerName[]) => void
  readonly onHolders: (holders: readonly PeerName[]) => void
}

export const createSnapshotPull = (parts: SnapshotPullParts): SnapshotPull => new Pull(parts)

class Pull implements SnapshotPull {
  readonly #parts: SnapshotPullParts
  #holders: readonly PeerName[] = []
  /** Peers that did not answer in time, until when. */
  readonly #resting = new Map<PeerName, number>()
  #work: SnapshotWork | undefined
  #inFlight = 0
  #writes = 0
  #over = false

  constructor(parts: SnapshotPullParts) {
    this.#parts = parts
  }

  start(holders: readonly PeerName[]): void {
    this.#holders = holders
    const { store, head, onFailure } = this.#parts
    const roots = new Map<string, Uint8Array>()
    store.eachChunk(
      ({ family, index, root }) => roots.set(`${family}/${index}`, root),
      (error) => {
        if (error !== undefined) {
          onFailure(error)
          return
        }
        const rootOf = (family: number, index: number): Uint8Array | undefined =>
          roots.get(`${family}/${index}`)
        this.#work = createSnapshotWork(head, { rootOf })
        this.#go()
      },
    )
  }

  onHolders(holders: readonly PeerName[]): void {
    if (this.#over || this.#work === undefined) return
    this.#holders = holders
    if (holders.length > 0 || this.#work.isWhole()) this.#go()
    else if (this.#writes === 0) this.#leave()
  }

  #leave(): void {
    this.#over = true
    this.#parts.onAlone()
  }

  /** Asks for what is missing, as much at once as may be. */
  #go(): void {
    const work = this.#work
    if (this.#over || work === undefined) return
    if (work.isWhole() && this.#writes === 0) {
      this.#complete()
      return
    }
    while (this.#inFlight < IN_FLIGHT_MAX && this.#writes < WRITES_MAX) {
      const peer = this.#nextPeer()
      if (peer === undefined) {
        this.#goLater()
        return
      }
      const item = work.take()
      if (item === undefined) return
      this.#inFlight += 1
      this.#parts.questions.ask(peer, { ...item, digest: this.#parts.digest }, (answer) => {
        this.#inFlight -= 1
        if (this.#over) return
        this.#onAnswer(work, { item, peer }, answer)
        this.#go()
      })
    }
  }

  /** Whoever has been asked as much as it answers in a second is asked again soon. */
  #goLater(): void {
    const { timers, clock } = this.#parts
    timers.set('snapshot/pull', clock.monotonicMs() + PACE_MS, () => this.#go())
  }

  /** Who has the fewest questions, those that rest last. */
  #nextPeer(): PeerName | undefined {
    const { questions, clock } = this.#parts
    const nowMs = clock.monotonicMs()
    const load = (peer: PeerName): number =>
      questions.open(peer) + ((this.#resting.get(peer) ?? 0) > nowMs ? IN_FLIGHT_MAX : 0)
    const free = this.#holders.filter(
      (peer) => questions.open(peer) < IN_FLIGHT_PER_PEER_MAX && questions.mayAsk(peer),
    )
    return free.toSorted((a, b) => load(a) - load(b)).at(0)
  }

  #onAnswer(
    work: SnapshotWork,
    { item, peer }: { readonly item: SnapshotItem; readonly peer: PeerName },
    answer: SnapshotAnswer,
  ): void {
    if (answer === 'absent') {
      work.giveBack(item)
      this.#parts.onAbsent(peer)
      return
    }
    if (answer === 'silent') {
      work.giveBack(item)
      this.#resting.set(peer, this.#parts.clock.monotonicMs() + REST_MS)
      return
    }
    if (item.type === 'nodes') {
      if (answer.type === 'nodes' && work.onNodes(item, answer.nodes)) return
      work.giveBack(item)
      this.#parts.onLie(peer)
      return
    }
    const chunks = answer.type === 'chunks' ? answer.chunks : []
    const good = work.verified(item, chunks)
    const rest = { ...item, from: item.from + good.length, count: item.count - good.length }
    if (rest.count > 0) work.giveBack(rest)
    if (good.length > 0) this.#store(work, good)
    if (good.length < chunks.length || chunks.length === 0) this.#parts.onLie(peer)
  }

  #store(work: SnapshotWork, chunks: readonly VerifiedChunk[]): void {
    const { store, onFailure, onProgress, head } = this.#parts
    this.#writes += 1
    store.put(chunks, (error) => {
      this.#writes -= 1
      if (error !== undefined) {
        this.#over = true
        onFailure(error)
        return
      }
      work.onStored(chunks)
      const peers = this.#holders.length
      onProgress({ height: head.header.height, ...work.progress(), peers })
      this.onHolders(this.#holders)
    })
  }

  #complete(): void {
    const { store, head, ends, onFailure, onWhole } = this.#parts
    this.#over = true
    store.complete(head, ends, (error) => {
      if (error === undefined) onWhole()
      else onFailure(error)
    })
  }
}
