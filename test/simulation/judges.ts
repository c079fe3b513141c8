import { originOf } from '#node/recovery/genesis-block.ts'
import { quorumOf } from '#protocol/chain/authority-set.ts'
import { hashBytes } from '#protocol/hash.ts'
import { createAgreement } from './checkers/agreement.ts'
import { createAncestry } from './checkers/ancestry.ts'
import { createAnswers } from './checkers/answers.ts'
import { createBounds } from './checkers/bounds.ts'
import { createCertificates } from './checkers/certificates.ts'
import { createConviction } from './checkers/conviction.ts'
import { createCopies } from './checkers/copies.ts'
import { createEpochs } from './checkers/epochs.ts'
import { createFailedDisk } from './checkers/failed-disk.ts'
import { createHeaders } from './checkers/headers.ts'
import { createHonest } from './checkers/honest.ts'
import { createIdentical } from './checkers/identical.ts'
import { createLosses } from './checkers/losses.ts'
import { createModel } from './checkers/model.ts'
import { createMoney } from './checkers/money.ts'
import { createMonotone } from './checkers/monotone.ts'
import { createPace } from './checkers/pace.ts'
import { createQuorums } from './checkers/quorums.ts'
import { createRecords } from './checkers/records.ts'
import { createSupply } from './checkers/supply.ts'
import { createUndo } from './checkers/undo.ts'
import { createVotes } from './checkers/votes.ts'
import type { Circuit } from './circuit.ts'
import type { EpochBook } from './epoch-book.ts'
import type { Keys } from './keys.ts'
import { type Checker, type Observation, Violation } from './observation.ts'
import type { Swarm } from './swarm.ts'

/** All checkers together. */
export type Judges = {
  /** Throws a `Violation` when something does not hold. */
  readonly see: (observation: Observation) => void
  /** Balances as an independent model makes them of the final chain, by `wallet/asset`. */
  readonly balances: ReadonlyMap<string, number>
}

export const createJudges = (
  swarm: Swarm,
  {
    circuit,
    book,
    keys,
    mayFail,
  }: {
    readonly circuit: Circuit
    readonly book: EpochBook
    readonly keys: Keys
    /** Whether a machine is one of those that may be proven guilty. */
    readonly mayFail: (machine: number) => boolean
  },
): Judges => {
  const { chainId, set, header, digest } = originOf(circuit.genesis)
  const domain = { chainId: hashBytes(chainId), set }
  const model = createModel(circuit.genesis)
  const certificates = createCertificates({ chainId: domain.chainId, book }, keys.verify)
  const always: readonly Checker[] = [
    createVotes(),
    createMonotone(),
    createUndo(),
    createBounds(),
    createFailedDisk(),
  ]
  // With more liars than may be, one chain is too much to ask.
  const convictions = createConviction({ domain, verify: keys.verify }, mayFail)
  const ofOneChain = (): readonly Checker[] => [
    createAgreement(),
    createAncestry({ header, digest }),
    createHeaders({ swarm, origin: header, book }),
    createQuorums(),
    createIdentical(),
    createMoney(circuit.genesis),
    createRecords(),
    createSupply(circuit.genesis),
    model,
    createAnswers(),
    createCopies(book),
    createEpochs(book),
    createLosses((epoch) => {
      const found = book.of(epoch)
      return found && { ...found, quorum: quorumOf(found.set.members.length) }
    }),
    createHonest((member, epoch) => {
      const machine = book.machineOf(epoch, member)
      return machine !== undefined && mayFail(machine)
    }),
    ...(swarm.calm ? [createPace(swarm, book)] : []),
  ]
  const checkers = [...always, ...(swarm.overFault ? [convictions] : ofOneChain())]
  const known = new Set<string>()

  const ask = (asked: readonly Checker[], observation: Observation): void => {
    for (const { name, see } of asked) {
      const wrong = see(observation)
      if (wrong !== undefined) throw new Violation(name, `${observation.who.name}: ${wrong}`)
    }
  }

  /** A certificate is verified once; one that only a liar shows counts when it verifies. */
  const isNews = (observation: Observation): boolean => {
    if (observation.type !== 'certificate') return true
    const key = keyOf(observation)
    if (known.has(key)) return false
    const honest = { ...observation, who: { ...observation.who, honest: true } }
    if (!observation.who.honest && certificates.see(honest) !== undefined) return false
    known.add(key)
    ask([certificates], observation)
    return true
  }

  const see = (observation: Observation): void => {
    if (isNews(observation)) ask(checkers, observation)
    for (const further of certificatesIn(observation)) see(further)
  }
  return {
    see,
    get balances() {
      return model.balances
    },
  }
}

/** The certificates that a node shows by what it keeps and finalises. */
export const certificatesIn = (observation: Observation): readonly Observation[] => {
  const { who, atMs } = observation
  const shown =
    observation.type === 'durable'
      ? observation.records.flatMap((record) =>
          record.type === 'certificate' ? [record.certificate] : [],
        )
      : observation.type === 'final'
        ? [observation.certificate]
        : []
  return shown.map((certificate) => ({ type: 'certificate', who, atMs, certificate }))
}

const keyOf = ({ certificate }: Extract<Observation, { type: 'certificate' }>): string => {
  const { kind, epoch, view, signers, signatures } = certificate
  const digest = certificate.kind === 'nullify' ? '' : certificate.digest
  const sum = Buffer.from(signatures[0] ?? [])
    .toString('hex')
    .slice(0, 16)
  return `${kind} ${epoch} ${view} ${digest} ${signers.join()} ${sum}`
}
