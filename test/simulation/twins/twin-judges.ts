import type { AuthoritySet } from '#protocol/chain/authority-set.ts'
import type { Certificate } from '#protocol/chain/certificate.ts'
import { FIRST_EPOCH, type Header } from '#protocol/chain/header.ts'
import type { Hash } from '#protocol/hash.ts'
import type { VerifySignature } from '#protocol/signature.ts'
import { createAgreement } from '../checkers/agreement.ts'
import { createAncestry } from '../checkers/ancestry.ts'
import { createBounds } from '../checkers/bounds.ts'
import { createCertificates } from '../checkers/certificates.ts'
import { createCopies } from '../checkers/copies.ts'
import { createHonest } from '../checkers/honest.ts'
import { createMonotone } from '../checkers/monotone.ts'
import { createQuorums } from '../checkers/quorums.ts'
import { createVotes } from '../checkers/votes.ts'
import type { EpochBook } from '../epoch-book.ts'
import { certificatesIn } from '../judges.ts'
import { type Checker, type Observation, Violation } from '../observation.ts'

/**
 * The simulator's checkers of consensus.md §16, as far as they need no ledger: 1–8, 11, 12, 14. Gives
 * what throws a `Violation`.
 */
export const createTwinJudges = (parts: {
  readonly origin: { readonly header: Header; readonly digest: Hash }
  readonly chainId: Uint8Array
  readonly set: AuthoritySet
  readonly verify: VerifySignature
  readonly twin: number
  readonly muted: readonly string[]
}): ((observation: Observation) => void) => {
  const book = bookOfOne(parts)
  const checkers: readonly Checker[] = [
    createCertificates({ chainId: parts.chainId, book }, parts.verify),
    createVotes(),
    createMonotone(),
    createBounds(),
    createAgreement(),
    createAncestry(parts.origin),
    createQuorums(),
    createCopies(book),
    createHonest((member) => member === parts.twin),
  ].filter(({ name }) => !parts.muted.includes(name))
  /** Certificates pass by reference: each is judged once, whoever shows it. */
  const known = new WeakSet<Certificate>()

  const isNews = (observation: Observation): boolean => {
    if (observation.type !== 'certificate') return true
    if (known.has(observation.certificate)) return false
    known.add(observation.certificate)
    return true
  }

  const see = (observation: Observation): void => {
    if (!isNews(observation)) return
    for (const { name, see: judge } of checkers) {
      const wrong = judge(asShown(observation))
      if (wrong !== undefined) throw new Violation(name, `${observation.who.name}: ${wrong}`)
    }
    for (const further of certificatesIn(observation)) see(further)
  }
  return see
}

/** One set votes all the time, and each machine is the member of its index. */
const bookOfOne = ({
  set,
  origin,
}: {
  readonly set: AuthoritySet
  readonly origin: { readonly header: Header; readonly digest: Hash }
}): EpochBook => {
  const { version, height: originHeight } = origin.header
  const only = { epoch: FIRST_EPOCH, set, version, originHeight, originDigest: origin.digest }
  const memberIn = (epoch: number, index: number | undefined): number | undefined =>
    epoch === FIRST_EPOCH && index !== undefined && index < set.members.length ? index : undefined
  return {
    see: () => undefined,
    newest: () => only,
    of: (epoch) => (epoch === FIRST_EPOCH ? only : undefined),
    all: () => [only],
    machineOf: memberIn,
    memberOf: memberIn,
  }
}

/** Twins run the real code: a certificate of theirs must be as good as any other. */
const asShown = (observation: Observation): Observation =>
  observation.type === 'certificate'
    ? { ...observation, who: { ...observation.who, honest: true } }
    : observation
