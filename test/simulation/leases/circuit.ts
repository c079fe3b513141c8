import { units } from '#protocol/amount.ts'
import { createdHoldId } from '#protocol/derive.ts'
import { networkIdOf } from '#protocol/genesis.ts'
import type { AssetId, HoldId } from '#protocol/id.ts'
import { type BlockInput, executeBlock } from '#protocol/ledger/execute-block.ts'
import { createLedger, type Ledger } from '#protocol/ledger/ledger.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { HoldOpen } from '#protocol/transaction/kinds/hold.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { parseTransaction } from '#protocol/transaction/parse.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { verifyTransaction } from '#protocol/transaction/verify.ts'
import { verifySignature } from '#signature'
import { type Actor, actor } from '#test/support/actors.ts'
import { createWorld, type World } from '#test/support/ledger-builders.ts'
import {
  createAsset,
  openVenue,
  type TestCard,
  type Venue as TestVenue,
  topUp,
  weakCard,
} from '#test/support/venue-builders.ts'
import { type Agenda, createAgenda } from '../agenda.ts'
import type { RandomSource } from '../random.ts'
import { type Chain, type ChainBlock, createChain } from './chain.ts'
import { Venue } from './venue.ts'

export const HOUR_MS = 3_600_000
export const MINUTE_MS = 60_000
/** Longest time between two blocks: after two of them without one the ledger stood still. */
export const HEARTBEAT_MS = 3_600_000
/** What each card has of each place's money. */
export const CARD_MONEY = 2_000
/** Members and votes that a block needs: one may fail. */
export const AUTHORITIES = 4
const QUORUM = 3

/** A node of a place, whose key captures. */
export type VenueNode = {
  readonly name: string
  readonly place: TestVenue
  readonly asset: AssetId
  readonly key: Actor
  readonly machine: Venue
  linked: boolean
  /** Whether the key of its holds is there. */
  hasKey: boolean
}

/** Seven nodes: four authorities, and two places, one of them with a second node for a till. */
export type Circuit = {
  readonly agenda: Agenda
  readonly world: World
  readonly chain: Chain
  readonly nodes: readonly VenueNode[]
  readonly cards: readonly TestCard[]
  /** True time. */
  readonly wallMs: () => number
  readonly newId: (timeMs: number) => PaymentId
  /** A transaction of somebody who is not cut off. */
  readonly submit: (by: Actor, body: TransactionBody) => VerifiedTransaction
  /** A lease for a node on a card: it is there once a block holds it. */
  readonly lease: (node: VenueNode, card: TestCard, terms: Partial<HoldOpen>) => HoldId
  /** Hands part of a lease to another key. */
  readonly split: (node: VenueNode, hold: HoldId, part: Part) => HoldId
  /** What a hold kept apart when it was there first, less what was handed on of it. */
  readonly capOf: (hold: HoldId) => number
  readonly onBlock: (listener: (block: ChainBlock) => void) => void
  readonly link: (node: VenueNode, linked: boolean) => void
  readonly boot: (node: VenueNode) => void
  /** So many authorities are up and hear each other. */
  readonly seat: (authorities: number) => void
}

type Part = { readonly key: Actor; readonly cap: number }

export type CircuitOptions = {
  readonly random: RandomSource
  readonly cards?: number
  readonly lags?: readonly number[]
  readonly syncMs?: number
  /** A node signs a capture under another id. */
  readonly onRenewal?: () => void
}

const NODES = [
  { name: 'bar node', at: 0 },
  { name: 'bar tablet', at: 0 },
  { name: 'club node', at: 1 },
] as const

export const createCircuit = (options: CircuitOptions): Circuit => {
  const { random, cards: count = 3 } = options
  const agenda = createAgenda()
  const world = createWorld({ heartbeatMs: HEARTBEAT_MS })
  const opening: BlockInput[] = []
  world.onBlock((input) => opening.push(input))
  const places = ['Bar', 'Club'].map((name) => placeOf(world, name))
  const cards = Array.from({ length: count }, (_, index) => cardOf(world, places, index))
  const startMs = world.nowMs()
  const wallMs = (): number => startMs + agenda.nowMs()
  const newId = (timeMs: number): PaymentId => world.jti(timeMs)
  const nodes: VenueNode[] = []
  const listeners: ((block: ChainBlock) => void)[] = []
  const caps = new Map<HoldId, number>()
  const post = (node: VenueNode): void =>
    agenda.at(agenda.nowMs() + random.between(20, 400), () => catchUp(node, chain))
  const chain = createChain({
    agenda,
    world,
    quorum: QUORUM,
    heartbeatMs: HEARTBEAT_MS,
    onBlock: (block) => {
      for (const listener of listeners) listener(block)
      for (const node of nodes) post(node)
    },
  })
  /** An outbox offers the same bytes again and again: they are checked once. */
  const heard = new Map<string, VerifiedTransaction>()
  const hear = (text: string): void => {
    const transaction = heard.get(text) ?? verified(world, text)
    heard.set(text, transaction)
    if (!chain.isLive()) return
    agenda.at(agenda.nowMs() + random.between(20, 400), () => chain.offer(transaction))
  }
  for (const [index, { name, at }] of NODES.entries()) {
    const place = places[at] ?? fail('a node without its place')
    const key = actor(name)
    const machine = new Venue({
      agenda,
      startMs,
      networkId: networkIdOf(world.genesis),
      ledger: copyOf(world, opening),
      signer: () => (node.hasKey ? { signerKey: key.key, sign: key.sign } : undefined),
      newId: (timeMs) => {
        options.onRenewal?.()
        return newId(timeMs)
      },
      offer: (text) => {
        if (node.linked) hear(text)
      },
      ask: () => {
        if (node.linked) chain.ask()
      },
      lag: options.lags?.[index] ?? 0,
      syncMs: options.syncMs ?? 5,
      random: random.fork(name).next,
    })
    const node: VenueNode = { name, ...place, key, machine, linked: true, hasKey: true }
    nodes.push(node)
  }
  const submit: Circuit['submit'] = (by, body) => {
    const transaction = signedNow(world, wallMs(), { by, body })
    agenda.at(agenda.nowMs() + random.between(20, 400), () => chain.offer(transaction))
    return transaction
  }
  return {
    agenda,
    world,
    chain,
    nodes,
    cards,
    wallMs,
    newId,
    submit,
    lease: ({ place, asset, key }, card, terms) => {
      const body: HoldOpen = {
        kind: 'hold.open',
        place: place.place,
        payer: { card: card.id },
        asset,
        cap: units(500),
        key: key.key,
        purpose: 'lease',
        expiresAtMs: wallMs() + 6 * HOUR_MS,
        ...terms,
      }
      const { jti } = submit(place.owner, body)
      const id = createdHoldId({ scope: place.place, jti, index: 0 })
      caps.set(id, body.cap)
      return id
    },
    split: ({ place: { place }, key: by }, hold, { key, cap }) => {
      const { jti } = submit(by, { kind: 'hold.split', place, hold, key: key.key, cap: units(cap) })
      const id = createdHoldId({ scope: place, jti, index: 0 })
      caps.set(id, cap)
      caps.set(hold, (caps.get(hold) ?? 0) - cap)
      return id
    },
    capOf: (hold) => caps.get(hold) ?? 0,
    onBlock: (listener) => void listeners.push(listener),
    link: (node, linked) => {
      node.linked = linked
      if (linked) post(node)
    },
    boot: (node) => {
      node.machine.boot()
      post(node)
    },
    seat: chain.seat,
  }
}

type Place = { readonly place: TestVenue; readonly asset: AssetId }

const placeOf = (world: World, name: string): Place => {
  const place = openVenue(world, name)
  const lease = { cap: units(CARD_MONEY), durationMs: 24 * HOUR_MS }
  const asset = createAsset(world, place, { code: 'LEASE', category: 'local', lease })
  return { place, asset }
}

const cardOf = (world: World, places: readonly Place[], index: number): TestCard => {
  const [home] = places
  const card = weakCard(world, home?.place ?? fail('no place'), `Card ${index}`, {
    batch: `batch-${index}`,
  })
  for (const { place, asset } of places) {
    topUp(world, place, { card: card.id, amount: CARD_MONEY, asset })
  }
  return card
}

const copyOf = (world: World, opening: readonly BlockInput[]): Ledger => {
  const ledger = createLedger(world.genesis)
  for (const input of opening) {
    if (!executeBlock(ledger, input).ok) fail('the opening cannot be repeated')
  }
  return ledger
}

const catchUp = ({ machine, linked }: VenueNode, { blocks }: Chain): void => {
  if (!linked || !machine.isUp()) return
  for (const block of blocks.slice(machine.height())) {
    if (!machine.isUp()) return
    machine.take(block)
  }
}

const verified = (world: World, text: string): VerifiedTransaction => {
  const parsed = parseTransaction(text, networkIdOf(world.genesis))
  const transaction = parsed.ok ? verifyTransaction(parsed, verifySignature) : parsed.code
  return typeof transaction === 'string' ? fail(transaction) : transaction
}

/** The world's own clock stood still since the opening: what it signs is of now all the same. */
const signedNow = (
  world: World,
  nowMs: number,
  { by, body }: { readonly by: Actor; readonly body: TransactionBody },
): VerifiedTransaction =>
  world.sign(by, body, { jti: world.jti(nowMs), expMs: nowMs + 10 * MINUTE_MS })

const fail = (why: string): never => {
  throw new Error(why)
}
