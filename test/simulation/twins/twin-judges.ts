import type { Certificate } from '#protocol/chain/certificate.ts'
import type { Header } from '#protocol/chain/header.ts'
import type { SigningDomain } from '#protocol/chain/vote.ts'
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
import { certificatesIn } from '../judges.ts'
import { type Checker, type Observation, Violation } from '../observation.ts'
import { MEMBERS } from './scenario.ts'

/**
 * The simulator's checkers of consensus.md §16, as far as they need no ledger: 1–8, 11, 12, 14. Gives
 * what throws a `Violation`.
 */
export const createTwinJudges = (parts: {
  readonly origin: { readonly header: Header; readonly digest: Hash }
  readonly domain: SigningDomain
  readonly verify: VerifySignature
  readonly twin: number
  readonly muted: readonly string[]
}): ((observation: Observation) => void) => {
  const checkers: readonly Checker[] = [
    createCertificates(parts.domain, parts.verify),
    createVotes(),
    createMonotone(),
    createBounds(),
    createAgreement(),
    createAncestry(parts.origin),
    createQuorums(),
    createCopies(MEMBERS),
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

/** Twins run the real code: a certificate of theirs must be as good as any other. */
const asShown = (observation: Observation): Observation =>
  observation.type === 'certificate'
    ? { ...observation, who: { ...observation.who, honest: true } }
    : observation
