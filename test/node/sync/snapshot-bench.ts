import { joined, putting } from '#node/storage/changes.ts'
import type { FrozenState } from '#node/storage/frozen-state.ts'
import { frozenState } from '#node/storage/frozen-state.ts'
import { keyOf, PREFIXES } from '#node/storage/key-map.ts'
import type { Entry, KeyValuePort } from '#node/storage/key-value-port.ts'
import { createSnapshotStore } from '#node/storage/snapshot-store.ts'
import { createSnapshotKeeper, type SnapshotKeeper } from '#node/sync/snapshot-keeper.ts'
import { createSnapshotReceiver, type SnapshotReceiver } from '#node/sync/snapshot-receiver.ts'
import { units } from '#protocol/amount.ts'
import { u32, utf8 } from '#protocol/bytes.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import {
  decodeFetchRequest,
  decodeFetchResponse,
  encodeFetchRequest,
  encodeFetchResponse,
  type FetchRequest,
  type FetchResponse,
} from '#protocol/chain/fetch.ts'
import { FLAG_SEALING, type Header, headerDigest } from '#protocol/chain/header.ts'
import { FAMILIES, type Records } from '#protocol/state/families.ts'
import type { SlotWrite } from '#protocol/state/family.ts'
import { createHistory } from '#protocol/state/history.ts'
import { createState, type State } from '#protocol/state/state.ts'
import { CHUNK_DEPTH } from '#protocol/state/subtree.ts'
import {
  authorities,
  finalizationOf,
  hashNamed,
  headerWith,
  SEVEN,
  TRUSTED,
  verifySignature,
} from '../../protocol/proof/sample-proof.ts'
import { createMemoryKeyValues } from '../../support/memory-key-values.ts'
import { type AlarmClock, createAlarmClock } from '../loop/alarm-clock.ts'

/** A final state of so many counters, a family with freed slots among them, and what proves it. */
export type Source = {
  readonly header: Header
  readonly certificate: Finalization
  readonly state: State<Records>
  readonly ends: Parameters<typeof createSnapshotKeeper>[0]['ends']
  readonly peaks: readonly Uint8Array[]
  readonly freeze: () => FrozenState
}

/** `changed`: counters of another value, so that some chunks of two sources differ. */
export const sourceOf = (
  counters: number,
  { height = 300, changed = 0, epochs = 0 } = {},
): Source => {
  const state = createState<Records>(FAMILIES)
  state.beginBlock()
  for (let at = 0; at < counters; at++) {
    const name = `count/${at}`
    state.put('counter', name, { name, value: units(at < changed ? at + 7 : at), untilMs: 0 })
  }
  state.put('clock', 'clock', { gapMs: 1 })
  for (let at = 1; at < Math.min(counters, 200); at += 3) state.remove('counter', `count/${at}`)
  const { writes } = state.sealBlock()
  const digests = Array.from({ length: height }, (_, at) => hashNamed(`digest ${at}`))
  const history = createHistory(digests)
  const ends = endsOf(epochs)
  const members = ends.at(-1)?.members ?? SEVEN
  const header = headerWith({
    height,
    view: height,
    epoch: epochs + 1,
    stateRoot: state.root(),
    historyRoot: history.root(),
    authoritySetHash: members.set.hash,
    nextSetHash: members.set.hash,
  })
  const keyValues = createMemoryKeyValues().open()
  keyValues.batch(joined(recordsOf(writes)), { sync: true }, () => undefined)
  return {
    header,
    certificate: finalizationOf(header, {}, members),
    state,
    ends: () => ends,
    peaks: history.peaks(height),
    freeze: () => frozenState(keyValues.freeze()),
  }
}

const recordsOf = (writes: readonly SlotWrite[]) =>
  writes.map(({ family, slot, text }) => putting(slotKey(numberOf(family), slot), utf8(text)))

const numberOf = (family: string): number => {
  const found = Object.entries(FAMILIES).find(([name]) => name === family)
  if (found === undefined) throw new Error(`no family ${family}`)
  return found[1].number
}

const slotKey = (family: number, slot: number): Uint8Array =>
  keyOf(PREFIXES.record, Uint8Array.of(family), u32(slot))

type EndAndMembers = ReturnType<Source['ends']>[number] & { readonly members: typeof SEVEN }

/** Each epoch's seven authorities seal their last block at the height of its number. */
const endsOf = (epochs: number): readonly EndAndMembers[] => {
  let members = SEVEN
  return Array.from({ length: epochs }, (_, at) => {
    const epoch = at + 1
    const next = authorities(`of epoch ${epoch + 1} `.replaceAll(' ', ''))
    const header = headerWith({
      epoch,
      height: epoch,
      view: epoch,
      authoritySetHash: members.set.hash,
      nextSetHash: next.set.hash,
      flags: FLAG_SEALING,
    })
    const certificate = finalizationOf(header, {}, members)
    members = next
    const version = 1
    return {
      header,
      digest: headerDigest(header),
      certificate,
      next: { epoch: epoch + 1, set: next.set, version },
      members: next,
    }
  })
}

/** What a server makes of its answer; undefined: it gives none. */
export type Twist = (response: FetchResponse, request: FetchRequest) => FetchResponse | undefined

export type BenchServer = {
  readonly keeper: SnapshotKeeper
  /** Chunks that it gave. */
  served: number
  twist: Twist
  source: Source
}

const HOP_MS = 1

/** Servers and one receiver with their messages as bytes, in the time of one alarm clock. */
export const createSnapshotBench = (sources: readonly Source[]) => {
  const alarms: AlarmClock = createAlarmClock()
  const servers = new Map<string, BenchServer>()
  const database = createMemoryKeyValues()
  const lies: string[] = []
  let hops = 0
  let life = 0
  let receiver: SnapshotReceiver | undefined

  const later = (act: () => void): void => {
    hops += 1
    alarms.timers.set(`hop/${hops}`, alarms.clock.monotonicMs() + HOP_MS, act)
  }

  for (const [at, source] of sources.entries()) {
    const name = `server${at}`
    const timers = {
      ...alarms.timers,
      set: (timer: string, atMs: number, fire: () => void) =>
        alarms.timers.set(`${name}/${timer}`, atMs, fire),
    }
    const server: BenchServer = {
      keeper: createSnapshotKeeper({
        clock: alarms.clock,
        timers,
        final: source,
        shape: () => ({ trees: source.state.treesAt(CHUNK_DEPTH), peaks: source.peaks }),
        ends: source.ends,
        freezeNow: source.freeze,
      }),
      served: 0,
      twist: (response) => response,
      source,
    }
    servers.set(name, server)
  }

  const onRequest = (name: string, bytes: Uint8Array, born: number): void => {
    const server = servers.get(name)
    const request = decodeFetchRequest(bytes)
    if (server === undefined || !request.ok) throw new Error('no such server, or no request')
    const asked = request.value
    if (asked.type === 'block' || asked.type === 'transactions' || asked.type === 'segments') return
    server.keeper.serve(asked, (answer) => {
      const { id } = asked
      const response: FetchResponse =
        answer === undefined ? { id, type: 'absent' } : { id, ...answer }
      const twisted = server.twist(response, asked)
      if (twisted === undefined) return
      if (twisted.type === 'chunks') server.served += twisted.chunks.length
      const decoded = decodeFetchResponse(encodeFetchResponse(twisted))
      if (!decoded.ok) throw new Error(decoded.code)
      later(() => {
        if (born === life) receiver?.onResponse(name, decoded.value)
      })
    })
  }

  /** A process that receives; `onWrite` may kill it before a write. */
  const start = ({
    fromBlocks = 100,
    onWrite = () => undefined,
  }: {
    readonly fromBlocks?: number
    readonly onWrite?: () => void
  } = {}) => {
    life += 1
    const born = life
    const found: { end: 'received' | 'none' | undefined } = { end: undefined }
    const port = database.open()
    const keyValues: KeyValuePort = {
      ...port,
      batch: (changes, options, done) => {
        onWrite()
        if (born === life) port.batch(changes, options, done)
      },
    }
    receiver = createSnapshotReceiver({
      clock: alarms.clock,
      timers: {
        ...alarms.timers,
        set: (timer, atMs, fire) =>
          alarms.timers.set(`life${born}/${timer}`, atMs, () => {
            if (born === life) fire()
          }),
        clear: (timer) => alarms.timers.clear(`life${born}/${timer}`),
      },
      send: (peer, request) => {
        if (born !== life) return
        const bytes = encodeFetchRequest(request)
        later(() => onRequest(peer, bytes, born))
      },
      onLie: (peer) => lies.push(peer),
      store: createSnapshotStore(keyValues),
      trusted: TRUSTED,
      verify: verifySignature,
      fromBlocks,
      onProgress: () => undefined,
      onEnd: (end) => {
        found.end = end
      },
      onFailure: (error) => {
        throw error
      },
    })
    receiver.start()
    for (const name of servers.keys()) receiver.onPeer(name, 'up')
    return found
  }

  const kill = (): void => {
    life += 1
    receiver = undefined
    database.kill()
  }

  const server = (at: number): BenchServer => {
    const found = servers.get(`server${at}`)
    if (found === undefined) throw new Error(`no server ${at}`)
    return found
  }

  return { ...alarms, start, kill, server, lies, database, receiver: () => receiver }
}

/** Everything under a prefix. */
export const entriesIn = (port: KeyValuePort, prefix: number): readonly Entry[] => {
  let found: readonly Entry[] = []
  const range = {
    from: Uint8Array.of(prefix),
    to: Uint8Array.of(prefix + 1),
    limit: Number.MAX_SAFE_INTEGER,
  }
  port.range(range, (result) => {
    if (result.ok) found = result.value
  })
  return found
}
