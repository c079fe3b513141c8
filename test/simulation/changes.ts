import { quorumOf } from '#protocol/chain/authority-set.ts'
import { networkIdOf } from '#protocol/genesis.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { type Seatholder, signedChange } from '#test/support/authority-changes.ts'
import { NEW_BOOK, TRANSFER_MAX } from '#test/support/second-rules.ts'
import type { Federation } from './federation.ts'
import { isReliable, Violation } from './observation.ts'
import { highestOf, type Run, reliable } from './run.ts'
import type { Change } from './swarm.ts'

/** How long a change is worth something: longer than anything may go wrong. */
const PATIENCE_MS = 120_000
/** Payments around a change of the rules. */
const AROUND = 24
const AROUND_PAUSE_MS = 30
/** A payment in a network at rest is voted on within this by everybody that is ready to vote. */
const VOTED_MS = 3_000
/** Payments until the last one is ready that began late. */
const PAYMENTS_MAX = 3

/** Operators change who votes, as the plan says; the ledger answers them like anybody. */
export const planChanges = (run: Run, startMs: number): void => {
  const { swarm, federation } = run
  const sign = createSigning(run)
  for (const change of swarm.changes) {
    federation.agenda.at(startMs + change.atMs, () => submit(run, change, sign))
    // Exact times are asked of a calm network: nothing comes in between there.
    if (change.version !== null && !swarm.calm) payAround(run, startMs + change.atMs)
  }
}

/** Payments that the second rules refuse, one after the other until they surely hold. */
const payAround = ({ federation, promises }: Run, fromMs: number): void => {
  const { agenda, payments } = federation
  for (let payment = 0; payment < AROUND; payment++) {
    agenda.at(fromMs + payment * AROUND_PAUSE_MS, () => {
      const [machine] = federation.machines.filter((each) => isReliable(each.who) && each.isUp())
      if (machine === undefined) return
      const order = { from: payment, to: payment + 1, amount: TRANSFER_MAX + 1, forMs: PATIENCE_MS }
      promises.submit(machine, payments.transfer(machine.wallMs(), order))
    })
  }
}

const submit = (
  { federation, promises, swarm }: Run,
  change: Change,
  sign: ReturnType<typeof createSigning>,
): void => {
  const { through, members, twice } = change
  const total = federation.machines.length
  const order = Array.from({ length: total }, (_, index) => (through + index) % total)
  const lying = new Set(swarm.liars.map(({ member }) => member))
  const up = order.filter((index) => !lying.has(index) && federation.machine(index).isUp())
  const rules = change.version === null ? 'the same rules' : `rules ${change.version}`
  federation.tell('change', `to ${members.join()}, ${rules}, through ${up[0]}`)
  for (const index of up.slice(0, twice ? 2 : 1)) {
    const machine = federation.machine(index)
    promises.submit(machine, sign(change, machine.wallMs()))
  }
}

/** Signs changes of the authorities that are at the moment, each under an id of its own. */
const createSigning = ({ federation, swarm }: Run) => {
  const { circuit, book } = federation
  const networkId = networkIdOf(circuit.genesis)
  let ids = 0
  const holders = (machines: readonly number[]): readonly Seatholder[] =>
    machines.flatMap((machine) => circuit.seatholders.get(machine) ?? [])
  const outdated = new Set(holders(swarm.outdated))
  return ({ members, version, flaw }: Change, nowMs: number) => {
    ids += 1
    const { epoch, set } = book.newest()
    const time = nowMs.toString(16).padStart(12, '0')
    const count = ids.toString(16).padStart(12, '0')
    const coming = holders(members)
    // Every node tells what it knows; those that are outdated know the first rules.
    return signedChange({
      networkId,
      epoch: flaw === 'epoch' ? epoch + 2 : epoch + 1,
      members: coming,
      version: version ?? undefined,
      isReady: (member) => flaw !== 'unready' || member === coming[0],
      knows: (member) => (outdated.has(member) ? 1 : 2),
      operators: [...circuit.seatholders.values()]
        .filter(({ member }) => isOf(set.members, member.consensusKey))
        .map(({ operator }) => operator)
        .slice(0, quorumOf(set.members.length)),
      height: highestOf(federation),
      id: PaymentId.parse(`${time.slice(0, 8)}-${time.slice(8)}-7000-9000-${count}`),
      nowMs,
      forMs: PATIENCE_MS,
    })
  }
}

const isOf = (members: readonly { readonly consensusKey: string }[], key: string): boolean =>
  members.some(({ consensusKey }) => consensusKey === key)

/** Whoever lacked the second rules is given them. */
export const update = ({ swarm, federation }: Run): void => {
  for (const machine of swarm.outdated.map(federation.machine)) {
    machine.end('kill')
    machine.equip(NEW_BOOK)
  }
}

/** What is said in the newest epoch, to see that its members vote in it. */
export type Voters = {
  readonly see: Federation['book']['see']
  readonly in: (epoch: number) => ReadonlySet<string>
}

export const createVoters = (): Voters => {
  const names = new Map<number, Set<string>>()
  return {
    see: (observation) => {
      if (observation.type !== 'vote') return
      const { epoch } = observation.vote
      names.set(epoch, (names.get(epoch) ?? new Set()).add(observation.who.name))
    },
    in: (epoch) => names.get(epoch) ?? new Set(),
  }
}

/**
 * Invariant 21, of what is left in the end: every reliable node is in the newest epoch. Its members, and
 * nobody else, are seated as such, and each has voted in it.
 */
export const compareSeats = (run: Run): void => {
  const { federation, promises } = run
  const { book, agenda, payments } = federation
  const [first] = reliable(federation)
  if (book.all().length === 1 || first === undefined) return
  let wrong: string | undefined
  for (let payment = 0; payment < PAYMENTS_MAX; payment++) {
    const order = { from: 0, to: 1, amount: 1, forMs: PATIENCE_MS }
    promises.submit(first, payments.transfer(first.wallMs(), order))
    agenda.advance(agenda.nowMs() + VOTED_MS)
    wrong = seatFaultIn(run)
    if (wrong === undefined) return
  }
  throw new Violation('seats', wrong ?? '')
}

const seatFaultIn = ({ federation, voters }: Run): string | undefined => {
  const { book } = federation
  const { epoch } = book.newest()
  const voted = voters.in(epoch)
  for (const machine of reliable(federation)) {
    const { who } = machine
    const wanted = { epoch, member: book.memberOf(epoch, who.index), voted: voted.has(who.name) }
    const wrong = seatFault(machine.process()?.core.seating(), wanted)
    if (wrong !== undefined) return `${who.name} ${wrong}`
  }
  return undefined
}

/** What is wrong with the part of a node: where it is, and whether it votes there. */
export const seatFault = (
  seating:
    | { readonly epoch: number; readonly seat: { readonly kind: string; readonly me?: number } }
    | undefined,
  wanted: {
    readonly epoch: number
    readonly member: number | undefined
    readonly voted: boolean
  },
): string | undefined => {
  if (seating === undefined) return 'is down'
  const { epoch, seat } = seating
  if (epoch !== wanted.epoch) return `is in epoch ${epoch} of ${wanted.epoch}`
  if (seat.me !== wanted.member) return `is ${seat.kind} ${seat.me} in epoch ${epoch}`
  return wanted.member === undefined || wanted.voted ? undefined : `does not vote in epoch ${epoch}`
}
