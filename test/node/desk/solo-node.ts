import { v7 } from 'uuid'
import type { Caller } from '#api/ports/caller.ts'
import type { Errand } from '#api/ports/desk.ts'
import type { SubmissionAnswer } from '#api/ports/outcome.ts'
import { sha256 } from '#digest'
import type { ApiKeyOrder } from '#node/control/operations.ts'
import { type ApiKeys, openApiKeys } from '#node/desk/api-keys.ts'
import { createDesk } from '#node/desk/desk.ts'
import { createKeyRing } from '#node/desk/key-ring.ts'
import { createOutcomes } from '#node/desk/outcomes.ts'
import { ownPlaceOf } from '#node/desk/own-place.ts'
import { createOwnSubmit } from '#node/desk/own-submit.ts'
import { createRights } from '#node/desk/rights.ts'
import { createSignedRequests } from '#node/desk/signed-requests.ts'
import { createSubmissions } from '#node/desk/submissions.ts'
import { createSubmitter } from '#node/desk/submitter.ts'
import { createTombstones } from '#node/desk/tombstones.ts'
import { createUnsettled } from '#node/desk/unsettled.ts'
import { LEASE_SECRET } from '#node/leases/lease-key.ts'
import { NodeCore } from '#node/loop/node-core.ts'
import { createTimers } from '#node/loop/timers.ts'
import type { OutboxEntry } from '#node/outbox/outbox.ts'
import { unfinished } from '#node/outbox/unfinished.ts'
import { createInlineChecker } from '#node/pipeline/check-inline.ts'
import { createBooks } from '#node/reads/books.ts'
import { createCaughtUp } from '#node/reads/caught-up.ts'
import { createEvents } from '#node/reads/events.ts'
import { createHoldReads } from '#node/reads/holds.ts'
import { createLedgerReads } from '#node/reads/ledger.ts'
import { PayoutBook } from '#node/reads/payout-book.ts'
import { createPlaceBooks } from '#node/reads/place-books.ts'
import { createRecent } from '#node/reads/recent.ts'
import { createCoreStorage } from '#node/recovery/core-storage.ts'
import { type Origin, originOf } from '#node/recovery/genesis-block.ts'
import { type RecoveredChain, recoverChain } from '#node/recovery/recover-chain.ts'
import { type LeaseRoom, openLeases } from '#node/start/leases.ts'
import { nextSeating, seatingOf } from '#node/start/seat.ts'
import { promised } from '#node/storage/completion.ts'
import { openStorage, type Storage } from '#node/storage/storage.ts'
import { utf8 } from '#protocol/bytes.ts'
import { createdAssetId, createdGrantId, placeIdOfKey } from '#protocol/derive.ts'
import type { Hash } from '#protocol/hash.ts'
import type { AssetId, PlaceId } from '#protocol/id.ts'
import type { Trusted } from '#protocol/proof/finality.ts'
import { GRANT_ACTIONS, type GrantCaps } from '#protocol/transaction/kinds/grant.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { signConsent } from '#protocol/transaction/sign.ts'
import { verifySignature } from '#signature'
import { actor, peerId } from '../../support/actors.ts'
import { OPERATOR, ROOMY_LIMITS } from '../../support/ledger-builders.ts'
import type { Machine } from './machine.ts'

export const OWNER = actor('bar')
export const TILL = actor('bar till')
export const TAG_KEY = sha256(utf8('tag key'))

/** Secrets by the names of a key store, as `actor` grows them. */
const SECRETS = new Map<string, Uint8Array>([
  ['place', sha256(utf8('actor bar'))],
  ['operator', sha256(utf8('actor operator'))],
  ['till/bar', sha256(utf8('actor bar till'))],
  ['lease', sha256(utf8('actor lease'))],
])

const keep = async (name: string, secret: Uint8Array): Promise<Uint8Array> => {
  const kept = SECRETS.get(name) ?? secret
  SECRETS.set(name, kept)
  return kept
}

export type SoloNode = Awaited<ReturnType<typeof startNode>>

/** A venue that is its own single authority: the real core, ledger, store and desk on one machine. */
export const startNode = async (machine: Machine) => {
  const { genesis, clock } = machine
  const origin = originOf(genesis)
  const ports = machine.open()
  const sizes = { journal: 1_048_576, blocks: 10_485_760 }
  const storage = await promised<Storage>((answer) => openStorage(ports, sizes, answer))
  const chain = await promised<RecoveredChain>((answer) =>
    recoverChain({ storage, keyValues: ports.keyValues, origin }, answer),
  )
  const timers = createTimers(clock)
  const recent = createRecent(chain.final.header)
  const { key: consensusKey, sign } = actor('consensus')
  const seatParts = { voice: { consensusKey, sign }, genesis, origin }
  const seating = seatingOf(seatParts, { chain, storage })
  if ('upgradeRequired' in seating) throw new Error(seating.upgradeRequired)
  const fail = (code: string, detail: string): never => {
    throw new Error(`${code}: ${detail}`)
  }
  const check = createInlineChecker(verifySignature)
  const ignore = () => undefined
  const outboxEntries: OutboxEntry[] = []
  await promised<undefined>((answer) =>
    storage.local.outbox.each(
      (entry) => outboxEntries.push(entry),
      (error) => answer(error ? { ok: false, error } : { ok: true, value: undefined }),
    ),
  )
  // What a block recorded just before the process died may still be on disk as open.
  const openEntries = await promised<readonly OutboxEntry[]>((answer) =>
    unfinished(outboxEntries, storage.reader, answer),
  )
  let room: LeaseRoom | undefined
  const core = new NodeCore({
    networkId: origin.networkId,
    seating,
    reseat: (crossing) => nextSeating(seatParts, crossing),
    ledger: chain.ledger,
    history: chain.history,
    final: chain.final,
    limits: {
      mempool: { transactionsMax: 10_000, perScopeMax: 10_000, settledMax: 1_000 },
      block: { transactions: 1_000, bytes: 1_048_576 },
    },
    clock,
    timers,
    random: () => 0.5,
    network: { send: ignore, publish: ignore, score: ignore, peers: () => [] },
    storage: createCoreStorage({
      storage,
      wallMs: clock.wallMs,
      onFailure: ({ code, message }) => fail(code, message),
    }),
    check,
    verify: verifySignature,
    report: ignore,
    quarantined: [],
    outbox: openEntries,
    onFinal: (blocks, certificate) => {
      recent.onFinal(blocks, certificate)
      room?.onFinal(blocks)
      payoutBook.onFinal(blocks)
    },
    onStored: recent.onStored,
    onSeated: ignore,
    onFatal: fail,
  })
  const payoutBook: PayoutBook = new PayoutBook({
    view: () => core.executor.finalView(),
    recent,
    storage,
  })
  for (const { digest } of storage.logged) {
    await new Promise<void>((resolve, reject) => {
      storage.block(digest, (read) => {
        if (!read.ok || read.value === undefined) reject(new Error('a logged block is not there'))
        else core.restore([read.value], () => resolve())
      })
    })
  }
  let blocked = false
  const view = () => core.executor.finalView()
  const tip = () => core.executor.tipView()
  const { head } = recent
  const { outbox } = core
  const tombstones = createTombstones(storage.local.tombstones)
  let started = false
  let cutOff = false
  const unsettled = createUnsettled(
    outbox.entries(),
    createCaughtUp({
      seating: () => core.seating(),
      takesPart: () => started,
      head,
      loggedHeight: Math.max(0, ...storage.logged.map(({ header }) => header.height)),
    }),
  )
  const keys = createKeyRing(SECRETS)
  const { leases, book, grants } = await openLeases({
    clock,
    keys,
    storage,
    networkId: origin.networkId,
    outbox,
    view,
    headMs: () => head().timeMs,
    repeat: (_name, _pauseMs, act) => act(),
  }).then((opened) => {
    room = opened
    return opened
  })
  const captures = leases
  const outcomes = createOutcomes({
    ...{ view, recent, outbox, storage, tombstones, unsettled, captures },
  })
  const begun = new Set<() => void>()
  const mode = {
    isLeasesOnly: () => cutOff,
    onLeasesOnly: (begin: () => void) => {
      begun.add(begin)
      return () => void begun.delete(begin)
    },
  }
  const common = {
    networkId: origin.networkId,
    clock,
    view,
    tip,
    head,
    outbox,
    outcomes,
    tombstones,
    unsettled,
    blockedBy: () => {
      if (cutOff) return 'ledger_required' as const
      return blocked ? ('node_blocked' as const) : undefined
    },
    ...{ leases, captures, book, grants },
    mode,
    agree: () => undefined,
    verify: verifySignature,
    keys,
    tagKey: () => (machine.hasTagKey === false ? undefined : TAG_KEY),
    leaseKey: async () => actor('lease').key,
  }
  const settledMs: number[] = []
  const own = () => ownPlaceOf(view(), common.keys)
  const setAside = new Set<Hash>()
  const submitter = createSubmitter({
    ...common,
    remember: (transaction) => core.remember(transaction),
    onSettled: (ms) => settledMs.push(ms),
  })
  const apiKeys = await openApiKeys({
    ...common,
    table: storage.local.apiKeys,
    peerId: peerId('authority'),
    onFailure: ({ code, message }) => fail(code, message),
  })
  const submissions = createSubmissions({
    ...common,
    submitter,
    check,
    isQuarantined: (hash) => setAside.has(hash),
  })
  const desk = createDesk({ ...common, submitter, apiKeys, submissions })
  const submit = createOwnSubmit({ ...common, submitter })
  const newId = (): PaymentId => PaymentId.parse(v7({ msecs: clock.wallMs() }))
  return {
    core,
    storage,
    /** Final state itself: what a test puts into it no block has said. */
    state: chain.ledger.state,
    origin,
    recent,
    view,
    outcomes,
    apiKeys,
    desk,
    rights: createRights({ ...common, submitter, apiKeys, secrets: { keep } }),
    requests: createSignedRequests({ ...common, peerId: peerId('authority') }),
    submit,
    submitter,
    settledMs,
    newId,
    clock,
    ledger: createLedgerReads({
      ...common,
      seating: () => core.seating(),
      executor: core.executor,
      state: chain.ledger.state,
      history: chain.history,
      recent,
      storage,
    }),
    books: createBooks({ view, head, payoutBook }),
    payoutBook,
    holds: createHoldReads({
      ...common,
      keeper: { isClosed: () => false },
      settings: { enabled: true, amount: 1_000, minutes: 360 },
      key: () => keys(LEASE_SECRET)?.signerKey,
      mode: () => (cutOff ? 'leases_only' : 'online'),
      wallMs: clock.wallMs,
    }),
    placeBooks: createPlaceBooks({ ...common, recent, storage, own }),
    events: createEvents({ view, recent, storage }),
    submissions,
    /** From now on the transaction counts as quarantined. */
    setAside: (hash: Hash) => void setAside.add(hash),
    leases,
    book,
    /** The ledger cannot be reached, and payments come from leases; or it is back. */
    cutOff: (state: boolean) => {
      cutOff = state
      if (state) for (const begin of begun) begin()
    },
    /** The same, while nobody that waits is told. */
    cutOffUnheard: () => {
      cutOff = true
    },
    block: (state: boolean) => {
      blocked = state
    },
    start: () => {
      started = true
      core.start()
    },
    stop: () => timers.stop(),
    trusted: trustedOf(origin),
  }
}

const trustedOf = ({ chainId, set, header }: Origin): Trusted => ({
  chainId,
  epoch: header.epoch,
  authoritySet: set,
})

/** A node whose place has joined, with two currencies and a till; its first caller. */
export type Bar = {
  readonly node: SoloNode
  readonly place: PlaceId
  readonly local: AssetId
  readonly caller: Caller
  readonly token: string
  readonly errand: (waitMs?: number) => Errand
}

export const openBar = async (node: SoloNode, caps: GrantCaps = {}): Promise<Bar> => {
  const place = placeIdOfKey(OWNER.key)
  await register(node)
  const asset = node.newId()
  await must(node, asset, 'place', {
    kind: 'asset.create',
    place,
    code: 'CUPS',
    name: 'Cups',
    category: 'local',
    unit: 'EUR',
    scale: 2,
    transferable: true,
    cardLimits: ROOMY_LIMITS,
  })
  const grantId = node.newId()
  await must(node, grantId, 'place', {
    kind: 'grant.issue',
    place,
    grantee: TILL.key,
    actions: [...GRANT_ACTIONS],
    till: 'bar',
    caps,
  })
  const grant = createdGrantId({ scope: place, jti: grantId, index: 0 })
  const order = { place, grant, till: 'bar', secret: 'till/bar' }
  const { token } = await newKey(node.apiKeys, order)
  return bar(node, token, createdAssetId({ scope: place, jti: asset, index: 0 }))
}

/** An API key, where there is room for one. */
export const newKey = async (apiKeys: Pick<ApiKeys, 'create'>, order: ApiKeyOrder) => {
  const made = await apiKeys.create(order)
  if (made === 'exhausted') throw new Error(made)
  return made
}

/** The same bar after its node was started again. */
export const bar = async (node: SoloNode, token: string, local: AssetId): Promise<Bar> => {
  const known = node.apiKeys.authenticate(token)
  if (!known.ok) throw new Error(known.code)
  const { caller } = known
  const errand = (waitMs = 5_000) => ({ caller, waitMs, signal: new AbortController().signal })
  return { node, place: caller.place, local, caller, token, errand }
}

const register = async (node: SoloNode): Promise<void> => {
  const nodes = [peerId('bar')]
  const id = node.newId()
  const name = 'bar'
  const consent = signConsent({
    networkId: node.origin.networkId,
    signerKey: OWNER.key,
    sign: OWNER.sign,
    exp: Math.floor(node.clock.wallMs() / 1_000) + 60,
    jti: id,
    agree: { kind: 'place.register', authority: OPERATOR.key, name, nodes, accepts: [] },
  })
  const body = { kind: 'place.register', placeKey: OWNER.key, name, nodes, accepts: [] } as const
  await must(node, id, 'operator', { ...body, accepts: [] }, [consent])
}

export const must = async (
  node: SoloNode,
  id: PaymentId,
  as: 'place' | 'operator',
  body: TransactionBody,
  consents: readonly string[] = [],
): Promise<SubmissionAnswer> => {
  const answer = await node.submit({ id, body, as, consents, waitMs: 5_000 })
  if (answer.kind !== 'outcome' || answer.state.status !== 'applied') {
    throw new Error(JSON.stringify(answer))
  }
  return answer
}
