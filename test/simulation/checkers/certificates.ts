import { quorumOf } from '#protocol/chain/authority-set.ts'
import { verifyCertificate } from '#protocol/chain/certificate.ts'
import type { SigningDomain } from '#protocol/chain/vote.ts'
import type { VerifySignature } from '#protocol/signature.ts'
import type { Checker } from '../observation.ts'

/** Invariant 6: what an honest node holds as a certificate is a quorum's word, well signed. */
export const createCertificates = (domain: SigningDomain, verify: VerifySignature): Checker => ({
  name: 'certificates',
  see: (observation) => {
    if (observation.type !== 'certificate' || !observation.who.honest) return undefined
    const { certificate } = observation
    const { kind, view } = certificate
    const distinct = new Set(certificate.signers).size
    if (distinct < quorumOf(domain.set.members.length))
      return `${kind} ${view}: ${distinct} signers`
    return verifyCertificate(certificate, domain, verify)
      ? undefined
      : `${kind} of view ${view} does not verify`
  },
})
