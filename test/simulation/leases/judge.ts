import type { HoldId } from '#protocol/id.ts'
import { type Circuit, HEARTBEAT_MS, MINUTE_MS, type VenueNode } from './circuit.ts'
import type { Reach } from './reach.ts'

/** A capture that somebody asked for. Its amount is its own in the whole run: by it it is known again. */
export type Asked = {
  readonly node: VenueNode
  readonly hold: HoldId
  readonly amount: number
  /** True time of the node's yes; undefined: none was heard. */
  acceptedMs: number | undefined
}

export type LeaseFailure = { readonly checker: string; readonly message: string }

/** From the link that is back to a block with what waited: longest pause, a block, and a tick. */
const DELIVERY_MS = 10 * MINUTE_MS

/** What a run showed. */
export type Evidence = {
  readonly circuit: Circuit
  readonly reach: Reach
  readonly asked: readonly Asked[]
  readonly terms: ReadonlyMap<HoldId, Terms>
  /** When a hold was gone from the ledger. */
  readonly goneAtMs: ReadonlyMap<HoldId, number>
  /** Nodes that did not know what time it was. */
  readonly wrongClocks: ReadonlySet<VenueNode>
}

/** When a lease ends, by true time, and how much later a capture may still arrive. */
export type Terms = { readonly expiresAtMs: number; readonly graceMs: number }

/** What must hold once all is healed and everything had time. */
export const judgeLeases = (evidence: Evidence): LeaseFailure | undefined => {
  const applied = appliedCaptures(evidence.circuit)
  for (const asked of evidence.asked) {
    const message = judgeCapture(evidence, asked, applied)
    if (message !== undefined)
      return { checker: 'captures', message: `${nameOf(asked)}: ${message}` }
  }
  return (
    judgeOthers(evidence, applied) ??
    judgePromises(evidence) ??
    judgeSweeps(evidence) ??
    judgeRest(evidence)
  )
}

const nameOf = ({ node, hold, amount }: Asked): string => `${node.name} ${amount} of ${hold}`

/** How often each amount was captured from each hold. */
type Applied = ReadonlyMap<string, number>

const keyOf = (hold: string, amount: number): string => `${hold}/${amount}`

const appliedCaptures = ({ chain }: Circuit): Applied => {
  const applied = new Map<string, number>()
  for (const { transactions, events } of chain.blocks) {
    for (const [index, { outcome }] of events.entries()) {
      const body = transactions[index]?.body
      if (body?.kind !== 'hold.capture' || outcome !== 'applied') continue
      const key = keyOf(body.hold, body.amount)
      applied.set(key, (applied.get(key) ?? 0) + 1)
    }
  }
  return applied
}

const judgeCapture = (evidence: Evidence, asked: Asked, applied: Applied): string | undefined => {
  const { node, hold, amount, acceptedMs } = asked
  const times = applied.get(keyOf(hold, amount)) ?? 0
  if (times > 1) return `${times} times on the ledger`
  if (acceptedMs === undefined) return undefined
  const { terms, wrongClocks } = evidence
  if (!wrongClocks.has(node) && acceptedMs > (terms.get(hold)?.expiresAtMs ?? 0)) {
    return 'accepted after the end of its lease'
  }
  const losses = node.machine.leases()?.losses() ?? []
  const isLost = losses.some((loss) => loss.hold === hold && loss.amount === amount)
  if (times === 1) return isLost ? 'on the ledger, and told to be lost' : undefined
  if (!isLost) return 'accepted, and neither on the ledger nor told to be lost'
  return mayBeLost(evidence, { ...asked, acceptedMs }) ? undefined : 'voided though it was honest'
}

/** Taken after the end of its lease, by a wrong clock; or never able to arrive before the hold was over. */
const mayBeLost = (
  { reach, terms, circuit }: Evidence,
  { node, hold, acceptedMs }: Asked & { readonly acceptedMs: number },
): boolean => {
  const known = terms.get(hold)
  if (known === undefined || acceptedMs > known.expiresAtMs) return true
  const goneMs = endOf(circuit, known)
  return goneMs !== undefined && reach.longest(node, acceptedMs, goneMs) < DELIVERY_MS
}

/** The time of the block that sweeps a hold, by the times of the blocks alone; undefined: none did yet. */
const endOf = ({ chain }: Circuit, { expiresAtMs, graceMs }: Terms): number | undefined => {
  let gapMs = 0
  for (const { parentMs, timestampMs } of chain.blocks) {
    if (timestampMs - parentMs > 2 * HEARTBEAT_MS) gapMs = timestampMs
    if (timestampMs >= Math.max(expiresAtMs, gapMs) + graceMs) return timestampMs
  }
  return undefined
}

/** Every hold leaves the ledger with the first block after its end. */
const judgeSweeps = ({ circuit, terms, goneAtMs }: Evidence): LeaseFailure | undefined => {
  for (const [hold, known] of terms) {
    const [expected, found] = [endOf(circuit, known), goneAtMs.get(hold)]
    if (expected === found) continue
    return { checker: 'sweep', message: `${hold} is gone at ${found}, not at ${expected}` }
  }
  return undefined
}

/** Nothing is on the ledger that nobody asked for. */
const judgeOthers = ({ asked }: Evidence, applied: Applied): LeaseFailure | undefined => {
  const known = new Set(asked.map(({ hold, amount }) => keyOf(hold, amount)))
  for (const key of applied.keys()) {
    if (!known.has(key)) return { checker: 'captures', message: `nobody asked for ${key}` }
  }
  return undefined
}

/** No node promised more than its hold keeps apart. */
const judgePromises = ({ circuit, asked }: Evidence): LeaseFailure | undefined => {
  const promised = new Map<HoldId, number>()
  for (const { hold, amount, acceptedMs } of asked) {
    if (acceptedMs === undefined) continue
    promised.set(hold, (promised.get(hold) ?? 0) + amount)
  }
  for (const [hold, sum] of promised) {
    const cap = circuit.capOf(hold)
    if (sum > cap) return { checker: 'overdraft', message: `${sum} promised of ${cap} of ${hold}` }
  }
  return undefined
}

/** Nothing is on its way any more, and every copy of the ledger is the same. */
const judgeRest = ({ circuit }: Evidence): LeaseFailure | undefined => {
  const root = circuit.world.ledger.state.root()
  for (const { name, machine } of circuit.nodes) {
    const waiting = machine.leases()?.size()
    if (waiting !== 0) return { checker: 'rest', message: `${name}: ${waiting} captures wait` }
    if (machine.ledger().state.root() !== root) {
      return { checker: 'rest', message: `${name} is not where the ledger is` }
    }
  }
  return undefined
}
