import type { CaptureAnswer } from '#node/leases/capture.ts'
import { units } from '#protocol/amount.ts'
import { utf8 } from '#protocol/bytes.ts'
import { hashOf } from '#protocol/hash.ts'
import type { HoldId } from '#protocol/id.ts'
import { saleBody } from '#test/support/venue-builders.ts'
import { createRandom, type RandomSource } from '../random.ts'
import { createCounter, type Tally } from '../tally.ts'
import type { ChainBlock } from './chain.ts'
import {
  AUTHORITIES,
  type Circuit,
  createCircuit,
  HOUR_MS,
  MINUTE_MS,
  type VenueNode,
} from './circuit.ts'
import { type Asked, judgeLeases, type LeaseFailure, type Terms } from './judge.ts'
import { LEASE_MARKS } from './marks.ts'
import { type Blow, type Deed, HONEST_SKEW_MS, type LeaseSwarm, TROUBLE_MS } from './plan.ts'
import { createReach, type Reach } from './reach.ts'

/** What one simulation came to. The same swarm has the same trace, always. */
export type LeaseOutcome = {
  readonly seed: number
  readonly failure: LeaseFailure | undefined
  readonly trace: string
  readonly marks: Tally
}

/** A till asks again so often, with the same id, while nobody answers. */
const TRIES_MAX = 20
const TRY_MS = 30_000
/** For everything to arrive once all is healed. */
const CALM_MS = HOUR_MS

type Run = {
  readonly swarm: LeaseSwarm
  readonly circuit: Circuit
  readonly random: RandomSource
  readonly reach: Reach
  readonly asked: Asked[]
  readonly log: string[]
  readonly count: (mark: string) => void
  /** The hold of each lease, and the part of it that was handed on. */
  readonly holds: { readonly whole: HoldId; readonly part: HoldId | undefined }[]
  /** Nothing is captured from it any more: it is being released. */
  readonly released: Set<number>
  readonly goneAtMs: Map<HoldId, number>
  /** Nodes whose wall clock was once further off than an honest one is. */
  readonly wrongClocks: Set<VenueNode>
}

export const simulateLeases = (
  swarm: LeaseSwarm,
  print: (line: string) => void = () => undefined,
): LeaseOutcome => {
  const marks = createCounter(LEASE_MARKS)
  const log: string[] = []
  let failure: LeaseFailure | undefined
  try {
    failure = play(swarm, { log, count: marks.count })
  } catch (error) {
    failure = {
      checker: 'exception',
      message: error instanceof Error ? `${error.stack}` : `${error}`,
    }
  }
  for (const line of log) print(line)
  return { seed: swarm.seed, failure, trace: hashOf(utf8(log.join('\n'))), marks: marks.tally() }
}

const play = (
  swarm: LeaseSwarm,
  { log, count }: Pick<Run, 'log' | 'count'>,
): LeaseFailure | undefined => {
  const random = createRandom(`leases ${swarm.seed} run`)
  const { lags, syncMs } = swarm
  const circuit = createCircuit({ random, lags, syncMs, onRenewal: () => count('signed anew') })
  const reach = createReach(circuit)
  const sets = {
    holds: [],
    asked: [],
    released: new Set<number>(),
    goneAtMs: new Map(),
    wrongClocks: new Set<VenueNode>(),
  }
  const run: Run = { swarm, circuit, random, reach, log, count, ...sets }
  const { agenda } = circuit
  openLeases(run)
  for (const blow of swarm.blows) agenda.at(blow.atMs, () => strike(run, blow))
  for (const deed of swarm.deeds) agenda.at(deed.atMs, () => act(run, deed))
  circuit.onBlock((block) => {
    log.push(blockText(block))
    noteGone(run, block.timestampMs)
  })
  reach.look()
  agenda.advance(swarm.healMs)
  heal(run)
  agenda.advance(swarm.healMs + CALM_MS)
  log.push(circuit.world.ledger.state.root())
  tellMarks(run)
  const terms = new Map(termsOf(run))
  const { asked, goneAtMs, wrongClocks } = run
  return judgeLeases({ circuit, reach, asked, terms, goneAtMs, wrongClocks })
}

function* termsOf({ swarm, holds, circuit }: Run): Generator<[HoldId, Terms]> {
  const startMs = circuit.wallMs() - circuit.agenda.nowMs()
  for (const [index, { whole, part }] of holds.entries()) {
    const { lastsMs = 0, graceMs = 0 } = swarm.leases[index] ?? {}
    const terms = { expiresAtMs: startMs + lastsMs, graceMs }
    yield [whole, terms]
    if (part !== undefined) yield [part, terms]
  }
}

/** What is handed on is handed on before anybody captures: a node promises what it has. */
const openLeases = ({ swarm, circuit, holds }: Run): void => {
  const { agenda, nodes, cards } = circuit
  const startMs = circuit.wallMs()
  for (const { node: at, card, cap, lastsMs, graceMs } of swarm.leases) {
    const node = nodes[at]
    const payer = cards[card]
    if (node === undefined || payer === undefined) throw new Error('a lease of nobody')
    const expiresAtMs = startMs + lastsMs
    const whole = circuit.lease(node, payer, { cap: units(cap), expiresAtMs, graceMs })
    holds.push({ whole, part: undefined })
  }
  agenda.advance(TROUBLE_MS / 4)
  for (const [index, { node: at, split }] of swarm.leases.entries()) {
    const hold = holds[index]
    const [node, tablet] = [nodes[at], nodes[at + 1]]
    if (split === 0 || hold === undefined || node === undefined || tablet === undefined) continue
    holds[index] = {
      ...hold,
      part: circuit.split(node, hold.whole, { key: tablet.key, cap: split }),
    }
  }
  agenda.advance(TROUBLE_MS / 2)
}

const blockText = ({ height, timestampMs, transactions, events }: ChainBlock): string => {
  const told = events.map(({ kind, id, outcome }, index) => {
    const body = transactions[index]?.body
    const amount = body !== undefined && 'amount' in body ? ` ${body.amount}` : ''
    return `${kind}${amount} ${outcome} ${id}`
  })
  return `block ${height} at ${timestampMs}: ${told.join(', ')}`
}

const strike = (run: Run, blow: Blow): void => {
  const { circuit, reach, count, log } = run
  const { agenda } = circuit
  log.push(`${agenda.nowMs()} ${JSON.stringify(blow)}`)
  const later = (inMs: number, then: () => void): void =>
    agenda.at(agenda.nowMs() + inMs, () => {
      then()
      reach.look()
    })
  if (blow.kind === 'halt') {
    circuit.seat(blow.authorities)
    if (!circuit.chain.isLive()) count('halted')
    later(blow.forMs, () => circuit.seat(AUTHORITIES))
  } else if (blow.kind === 'cut') {
    const node = circuit.nodes[blow.node]
    if (node === undefined) return
    circuit.link(node, false)
    later(blow.forMs, () => circuit.link(node, true))
  } else {
    fell(run, blow, later)
  }
  reach.look()
}

/** Dies in a few writes, or a little later where none come; and is back after a while. */
const fell = (
  { circuit, count, reach, wrongClocks }: Run,
  { node: at, power, writes, offMs, skewMs }: Extract<Blow, { readonly kind: 'fall' }>,
  later: (inMs: number, then: () => void) => void,
): void => {
  const node = circuit.nodes[at]
  if (node === undefined) return
  node.machine.arm(writes, () => {
    count('died between two writes')
    reach.look()
  })
  later(5 * MINUTE_MS, () => {
    node.machine.fall(power)
    node.machine.setSkew(skewMs)
    if (Math.abs(skewMs) > HONEST_SKEW_MS) wrongClocks.add(node)
    count(skewMs < -MINUTE_MS ? 'clock put back' : 'restarted')
  })
  later(5 * MINUTE_MS + offMs, () => circuit.boot(node))
}

const act = (run: Run, deed: Deed): void => {
  const { circuit, holds, released, swarm } = run
  const [bar] = circuit.nodes
  if (bar === undefined) return
  if (deed.kind === 'capture') {
    ask(run, deed)
  } else if (deed.kind === 'release') {
    const hold = holds[deed.lease]?.whole
    const node = circuit.nodes[swarm.leases[deed.lease]?.node ?? 0]
    if (hold === undefined || node?.machine.leases()?.onTheWay(hold) !== 0) return
    released.add(deed.lease)
    const { place } = node.place
    if (node.linked) circuit.submit(node.key, { kind: 'hold.release', place, hold })
  } else {
    spend(run, deed)
  }
}

/** Somebody else at a till that is not cut off: nothing of it touches what is leased. */
const spend = (
  { circuit }: Run,
  deed: Extract<Deed, { readonly kind: 'sale' | 'block' }>,
): void => {
  const [bar] = circuit.nodes
  const card = circuit.cards[deed.card]
  if (bar === undefined || card === undefined) return
  const { owner, place } = bar.place
  if (deed.kind === 'block') {
    circuit.submit(owner, { kind: 'card.block', place, card: card.id })
    return
  }
  const { grant: _, ...sale } = saleBody(bar.place, [card], deed.amount)
  circuit.submit(owner, { ...sale, assets: [bar.asset] })
}

/** A till asks its node, and goes on asking until it has an answer. */
const ask = (run: Run, { lease, by }: Extract<Deed, { readonly kind: 'capture' }>): void => {
  const { circuit, holds, released, asked, random } = run
  const node = circuit.nodes[by]
  const known = holds[lease]
  const hold = node === circuit.nodes[1] ? known?.part : known?.whole
  if (node === undefined || hold === undefined || released.has(lease)) return
  const amount = amountFor(asked.length, random)
  const id = circuit.newId(circuit.wallMs() + random.between(-15_000, 15_000))
  const one: Asked = { node, hold, amount, acceptedMs: undefined }
  asked.push(one)
  let isAnswered = false
  const attempt = (tries: number): void => {
    if (isAnswered || tries > TRIES_MAX || released.has(lease)) return
    const order = { place: node.place.place, hold, amount: units(amount), id }
    node.machine.capture(order, (answer) => {
      isAnswered = true
      answered(run, one, answer)
    })
    circuit.agenda.at(circuit.agenda.nowMs() + TRY_MS, () => attempt(tries + 1))
  }
  attempt(1)
}

const answered = ({ circuit, log, count }: Run, asked: Asked, answer: CaptureAnswer): void => {
  const { node, amount } = asked
  log.push(`${circuit.agenda.nowMs()} ${node.name} ${amount} ${JSON.stringify(answer)}`)
  if (answer.kind === 'refused') {
    count(answer.code)
    return
  }
  asked.acceptedMs = circuit.wallMs()
  count('accepted')
  if (!node.linked) count('accepted while cut off')
  if (!circuit.chain.isLive()) count('accepted while halted')
  if (answer.replayed) count('asked again')
}

/** Small and large ones, no two alike: steps of more captures than a run has. */
const amountFor = (index: number, random: RandomSource): number =>
  index + 1 + AMOUNT_STEP * random.pick([0, 0, 1, 1, 2, 4])
const AMOUNT_STEP = 40

const heal = ({ circuit, reach }: Run): void => {
  circuit.seat(AUTHORITIES)
  for (const node of circuit.nodes) {
    node.machine.disarm()
    circuit.boot(node)
    circuit.link(node, true)
  }
  reach.look()
}

const noteGone = ({ circuit, holds, goneAtMs }: Run, blockMs: number): void => {
  const { state } = circuit.world.ledger
  for (const { whole, part } of holds) {
    for (const hold of part === undefined ? [whole] : [whole, part]) {
      if (goneAtMs.has(hold) || state.get('hold', hold) !== undefined) continue
      goneAtMs.set(hold, blockMs)
    }
  }
}

const tellMarks = ({ circuit, goneAtMs, count }: Run): void => {
  for (const { machine } of circuit.nodes) {
    for (const _ of machine.leases()?.losses() ?? []) count('lost')
  }
  for (const _ of goneAtMs) count('swept')
  for (const { events } of circuit.chain.blocks) {
    for (const { kind, outcome } of events) count(`${kind} ${outcome}`)
  }
  if (circuit.world.ledger.state.get('clock', 'clock') !== undefined) count('gap')
}
