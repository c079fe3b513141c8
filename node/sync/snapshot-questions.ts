import type { FetchRequest, FetchResponse } from '#protocol/chain/fetch.ts'
import type { SnapshotRequest, SnapshotResponse } from '#protocol/chain/snapshot.ts'
import type { Clock, Timers } from '../loop/ports.ts'
import type { PeerName } from '../network/network-port.ts'
import { SERVED_PER_SECOND } from './serve.ts'

/** How long an answer may take: a full one on a line of 2 Mbit/s. */
const QUESTION_MS = 10_000

/** Questions to one peer in a second: a little less than it answers (`SERVED_PER_SECOND`). */
const ASKED_PER_SECOND = SERVED_PER_SECOND - 2

/** What came of a question: an answer, that the peer does not have it, or nothing in time. */
export type SnapshotAnswer = SnapshotResponse | 'absent' | 'silent'

/** Questions about snapshots that are on their way; each is answered once. */
export type SnapshotQuestions = {
  readonly ask: (
    peer: PeerName,
    request: SnapshotRequest,
    done: (answer: SnapshotAnswer) => void,
  ) => void
  readonly onResponse: (from: PeerName, response: FetchResponse) => void
  /** The peer is gone: its questions are answered with silence. */
  readonly forget: (peer: PeerName) => void
  /** Whether a question now is one that the peer answers: what is too much it drops. */
  readonly mayAsk: (peer: PeerName) => boolean
  /** Questions of a peer that wait for their answers. */
  readonly open: (peer: PeerName) => number
}

export const createSnapshotQuestions = (ports: {
  readonly clock: Clock
  readonly timers: Timers
  readonly send: (peer: PeerName, request: FetchRequest) => void
}): SnapshotQuestions => {
  type Question = {
    readonly peer: PeerName
    readonly type: SnapshotRequest['type']
    readonly done: (answer: SnapshotAnswer) => void
  }
  const questions = new Map<number, Question>()
  /** When each peer was asked of late. */
  const asked = new Map<PeerName, readonly number[]>()
  let lastId = 0

  const recently = (peer: PeerName): readonly number[] => {
    const sinceMs = ports.clock.monotonicMs() - 1_000
    return asked.get(peer)?.filter((atMs) => atMs > sinceMs) ?? []
  }

  const end = (id: number, answer: SnapshotAnswer): void => {
    const question = questions.get(id)
    if (question === undefined) return
    questions.delete(id)
    ports.timers.clear(timerOf(id))
    question.done(answer)
  }

  return {
    ask: (peer, request, done) => {
      lastId += 1
      const id = lastId
      const nowMs = ports.clock.monotonicMs()
      asked.set(peer, [...recently(peer), nowMs])
      questions.set(id, { peer, type: request.type, done })
      ports.timers.set(timerOf(id), nowMs + QUESTION_MS, () => end(id, 'silent'))
      ports.send(peer, { id, ...request })
    },
    onResponse: (from, response) => {
      const question = questions.get(response.id)
      if (question?.peer !== from) return
      if (response.type === 'absent') end(response.id, 'absent')
      else if (isSnapshotResponse(response) && response.type === question.type) {
        end(response.id, response)
      }
    },
    mayAsk: (peer) => recently(peer).length < ASKED_PER_SECOND,
    forget: (peer) => {
      asked.delete(peer)
      for (const [id, question] of [...questions]) if (question.peer === peer) end(id, 'silent')
    },
    open: (peer) => [...questions.values()].filter((question) => question.peer === peer).length,
  }
}

const timerOf = (id: number): string => `snapshot/question/${id}`

const isSnapshotResponse = (
  response: FetchResponse,
): response is FetchResponse & SnapshotResponse => TYPES.has(response.type)

const TYPES: ReadonlySet<string> = new Set<SnapshotResponse['type']>([
  'offer',
  'epochs',
  'nodes',
  'chunks',
])
