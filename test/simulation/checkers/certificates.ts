import { quorumOf } from '#protocol/chain/authority-set.ts'
import { verifyCertificate } from '#protocol/chain/certificate.ts'
import type { VerifySignature } from '#protocol/signature.ts'
import type { EpochBook } from '../epoch-book.ts'
import type { Checker } from '../observation.ts'

/**
 * Invariant 6: what an honest node holds as a certificate is the word of a quorum of its epoch's set,
 * well signed.
 */
export const createCertificates = (
  { chainId, book }: { readonly chainId: Uint8Array; readonly book: EpochBook },
  verify: VerifySignature,
): Checker => ({
  name: 'certificates',
  see: (observation) => {
    if (observation.type !== 'certificate' || !observation.who.honest) return undefined
    const { certificate } = observation
    const { kind, epoch, view } = certificate
    const set = book.of(epoch)?.set
    if (set === undefined) return `${kind} ${view} of epoch ${epoch}, which has not begun`
    const distinct = new Set(certificate.signers).size
    if (distinct < quorumOf(set.members.length)) return `${kind} ${view}: ${distinct} signers`
    return verifyCertificate(certificate, { chainId, set }, verify)
      ? undefined
      : `${kind} of view ${view} does not verify`
  },
})
