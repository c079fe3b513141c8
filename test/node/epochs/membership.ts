import type { JournalRecord } from '#consensus/journal-record.ts'
import type { Seating } from '#node/loop/seating.ts'
import type { OutboxEnd, OutboxEntry } from '#node/outbox/outbox.ts'
import { utf8 } from '#protocol/bytes.ts'
import { authoritySetOf, quorumOf } from '#protocol/chain/authority-set.ts'
import type { Header } from '#protocol/chain/header.ts'
import { readyBytes } from '#protocol/chain/ready.ts'
import { DEFAULT_PARAMETERS, type Genesis, networkIdOf } from '#protocol/genesis.ts'
import { type Hash, hashOf } from '#protocol/hash.ts'
import { idBytes } from '#protocol/id.ts'
import { termsOfChange } from '#protocol/transaction/change-terms.ts'
import type { AuthorityChange, AuthorityMember } from '#protocol/transaction/kinds/authority.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { signConsent, signTransaction } from '#protocol/transaction/sign.ts'
import { createAgenda } from '#test/simulation/agenda.ts'
import { segmentSizesOf } from '#test/simulation/disk.ts'
import { createStandInKeys, type Signer } from '#test/simulation/keys.ts'
import { Machine } from '#test/simulation/machine.ts'
import { createSimulatedNetwork, type Station } from '#test/simulation/network.ts'
import { createRandom } from '#test/simulation/random.ts'
import { START_MS } from '#test/simulation/start.ts'
import { createCounter } from '#test/simulation/tally.ts'
import { genesisOf } from '#test/support/ledger-builders.ts'
import { NEW_BOOK, OLD_BOOK } from '#test/support/second-rules.ts'
import { encodeBase64url } from '#text-encoding'

export type Membership = ReturnType<typeof openMembership>
type Final = { readonly header: Header; readonly digest: Hash; readonly hashes: readonly Hash[] }

const FOR_MS = 60_000

/**
 * Real nodes on simulated machines, all linked with each other; who of them votes changes by
 * transactions. Everybody has a consensus key, and follows in the epochs that do not name it.
 */
export const openMembership = (options: {
  /** The first authorities. */
  readonly members: readonly string[]
  readonly others?: readonly string[]
  /** What chance grows from. */
  readonly seed?: string
  /** The newest rules that the software of a node knows; 2 if not named. */
  readonly rules?: Readonly<Record<string, number>>
}) => {
  const keys = createStandInKeys()
  const agenda = createAgenda()
  const random = createRandom(options.seed ?? 'membership')
  const names = [...options.members, ...(options.others ?? [])]
  const finals = new Map<string, Final[]>(names.map((name) => [name, []]))
  const stopped = new Map<string, string>()
  const ends = new Map<string, OutboxEnd>()
  const votes = new Map<string, string>()
  const twice: string[] = []
  const cuts: (readonly [number, number])[] = []
  let ids = 0

  const signers = (name: string) => ({
    consensus: keys.signer(`consensus ${name}`),
    operator: keys.signer(`operator ${name}`),
  })
  const memberOf = (name: string): AuthorityMember => ({
    consensusKey: signers(name).consensus.key,
    operatorKey: signers(name).operator.key,
    peerId: keys.peerId(name),
    addresses: ['/ip4/127.0.0.1/tcp/4001'],
  })
  const genesis: Genesis = {
    ...genesisOf(),
    startTimeMs: START_MS,
    parameters: { ...DEFAULT_PARAMETERS, minBlockGapMs: 5 },
    authorities: options.members.map(memberOf),
  }
  const networkId = networkIdOf(genesis)

  /** One member, one content of a kind in a view of an epoch: over all its lives. */
  const noteVotes = (name: string, records: readonly JournalRecord[]): void => {
    for (const record of records) {
      if (record.type !== 'vote') continue
      const { epoch, view, kind } = record.vote
      const content = record.vote.kind === 'nullify' ? '' : record.vote.digest
      const place = `${name} ${epoch} ${view} ${kind}`
      if ((votes.get(place) ?? content) !== content) twice.push(place)
      votes.set(place, content)
    }
  }

  const machineOf = (name: string, index: number): Machine =>
    new Machine({
      who: { name, index, honest: true, impaired: false },
      peer: keys.peerId(name),
      genesis,
      seat: {
        me: index,
        sign: signers(name).consensus.sign,
        consensusKey: signers(name).consensus.key,
      },
      rules: options.rules?.[name] === 1 ? OLD_BOOK : NEW_BOOK,
      verify: keys.verify,
      agenda,
      random: random.fork(name),
      skewMs: 0,
      syncMs: { min: 1, max: 3 },
      segments: segmentSizesOf('bursts'),
      network: () => network.portOf(index),
      onRise: () => network.rise(index),
      onFall: () => network.fall(index),
      observe: (seen) => {
        if (seen.type === 'stopped') stopped.set(name, `${seen.code}: ${seen.detail}`)
        if (seen.type === 'durable') noteVotes(name, seen.records)
        if (seen.type === 'answer') ends.set(seen.entry.id, seen.end)
        if (seen.type !== 'final') return
        const { block, transactions } = seen.block
        const hashes = transactions.map(({ hash }) => hash)
        finals.get(name)?.push({ header: block.header, digest: block.digest, hashes })
      },
      hear: (_, bytes) => bytes,
      note: () => undefined,
    })

  const machines = names.map(machineOf)
  const stationOf = (machine: Machine): Station => ({
    peer: machine.peer,
    listens: true,
    serves: true,
    isUp: () => machine.isUp(),
    deliver: (from, bytes) => machine.deliver(from, bytes, () => ''),
    gossip: (topic, from, bytes) => machine.gossip(topic, from, bytes, () => ''),
    link: (peer, state) => machine.link(peer, state, () => ''),
  })
  const network = createSimulatedNetwork({
    agenda,
    random: random.fork('network'),
    stations: machines.map(stationOf),
    delay: { baseMs: 5, tailMs: 5 },
    ordered: true,
    recorded: false,
    counter: createCounter(),
    onScore: () => undefined,
  })

  const at = (name: string): Machine => {
    const machine = machines[names.indexOf(name)]
    if (machine === undefined) throw new Error(`no machine ${name}`)
    return machine
  }
  const indexOf = (name: string): number => names.indexOf(name)
  const nowMs = (): number => START_MS + agenda.nowMs()

  const newId = (): PaymentId => {
    ids += 1
    const time = nowMs().toString(16).padStart(12, '0')
    const count = ids.toString(16).padStart(12, '0')
    return PaymentId.parse(`${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${count}`)
  }

  const signed = (
    by: Signer,
    body: TransactionBody,
    consents: readonly { readonly by: Signer; readonly change: AuthorityChange }[] = [],
  ): OutboxEntry => {
    const jti = newId()
    const expMs = nowMs() + FOR_MS
    const base = { networkId, jti, exp: Math.floor(expMs / 1000) }
    const text = signTransaction({
      ...base,
      signerKey: by.key,
      sign: by.sign,
      body,
      consents: consents.map(({ by: operator, change }) =>
        signConsent({
          ...base,
          signerKey: operator.key,
          sign: operator.sign,
          agree: {
            kind: 'authority.change',
            epoch: change.epoch,
            terms: termsOfChange(change),
          },
        }),
      ),
    })
    const hash = hashOf(utf8(text))
    const { kind } = body
    const expiry = Math.floor(expMs / 1000) * 1000
    return { hash, text, id: jti, scope: by.key, kind, expMs: expiry, sinceMs: nowMs() }
  }

  const seating = (name: string): Seating => {
    const core = at(name).process()?.core
    if (core === undefined) throw new Error(`${name} is down`)
    return core.seating()
  }

  /** A transfer of one medal to itself, which moves a block and nothing else: refused, and recorded. */
  const pay = (through: string): OutboxEntry => {
    const operator = signers(options.members[0] ?? '').operator
    const entry = signed(operator, { kind: 'payment.cancel' })
    at(through).submit(entry, () => undefined)
    return entry
  }

  return {
    genesis,
    at,
    network,
    indexOf,
    seating,
    stopped,
    names,
    /** Votes that contradict an earlier one of the same member. */
    twice,
    finals: (name: string): readonly Final[] => finals.get(name) ?? [],
    outcome: ({ id }: OutboxEntry): string | undefined => {
      const end = ends.get(id)
      return end === undefined || end.kind === 'expired' ? end?.kind : end.event.outcome
    },
    /** Nothing passes between a machine and the others, until all is healed. */
    isolate: (name: string): void => {
      for (const other of names) {
        if (other === name) continue
        for (const [from, to] of [
          [name, other],
          [other, name],
        ] as const) {
          network.cut(indexOf(from), indexOf(to))
          cuts.push([indexOf(from), indexOf(to)])
        }
      }
    },
    healAll: (): void => {
      for (const [from, to] of cuts.splice(0)) network.heal(from, to)
    },
    start: (): void => {
      for (const machine of machines) machine.boot()
      agenda.advance(agenda.nowMs() + 1_000)
    },
    wait: (ms: number): void => agenda.advance(agenda.nowMs() + ms),
    pay,
    /** Submits the change through a node; consents are those of a quorum of the present operators. */
    change: (
      through: string,
      to: readonly string[],
      { present, version }: { readonly present: readonly string[]; readonly version?: number },
    ): OutboxEntry => {
      const { epoch } = seating(through)
      const members = to.map(memberOf)
      const domain = { chainId: idBytes(networkId), set: authoritySetOf(members) }
      const height = finals.get(through)?.at(-1)?.header.height ?? 0
      const ready = to.map((name) => {
        const said = { epoch: epoch + 1, height, version: options.rules?.[name] ?? 2 }
        const { consensus } = signers(name)
        const signature = encodeBase64url(consensus.sign(readyBytes(said, domain)))
        return { consensusKey: consensus.key, height, version: said.version, signature }
      })
      const change: AuthorityChange = {
        kind: 'authority.change',
        epoch: epoch + 1,
        members,
        ...(version !== undefined && { version }),
        ready,
      }
      const operators = present.map((name) => signers(name).operator)
      const [first] = operators
      if (first === undefined) throw new Error('no operator')
      const agreeing = operators.slice(0, quorumOf(present.length))
      const entry = signed(
        first,
        change,
        agreeing.map((by) => ({ by, change })),
      )
      at(through).submit(entry, () => undefined)
      return entry
    },
  }
}
