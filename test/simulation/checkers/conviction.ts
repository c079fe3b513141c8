import { faultsOf } from '#protocol/chain/authority-set.ts'
import {
  type Certificate,
  decodeCertificate,
  verifyCertificate,
} from '#protocol/chain/certificate.ts'
import type { SigningDomain } from '#protocol/chain/vote.ts'
import type { VerifySignature } from '#protocol/signature.ts'
import { type Checker, isReliable } from '../observation.ts'

/**
 * With more than f liars an honest node may have to halt. It does so for two certificates that no
 * honest quorum signs both, keeps them, and who signed both are liars, more than f of them.
 */
export const createConviction = (
  { domain, verify }: { readonly domain: SigningDomain; readonly verify: VerifySignature },
  mayFail: (member: number) => boolean,
): Checker => {
  const faults = faultsOf(domain.set.members.length)

  const judge = (proof: readonly Certificate[]): string | undefined => {
    const [first, second] = proof
    if (first === undefined || second === undefined) return 'halts without two certificates'
    if (!proof.every((certificate) => verifyCertificate(certificate, domain, verify))) {
      return 'halts for a certificate that does not verify'
    }
    const culprits = first.signers.filter((signer) => second.signers.includes(signer))
    const innocent = culprits.find((member) => !mayFail(member))
    if (innocent !== undefined) return `convicts honest member ${innocent}`
    return culprits.length > faults ? undefined : `convicts ${culprits.length} members only`
  }

  return {
    name: 'conviction',
    see: (observation) => {
      if (observation.type !== 'stopped' || !isReliable(observation.who)) return undefined
      const { code, detail } = observation
      return code === 'conflicting_certificates' ? judge(proofIn(detail)) : `${code}: ${detail}`
    },
  }
}

/** The certificates in what a node says as it halts. */
const proofIn = (detail: string): readonly Certificate[] => {
  const [, ...proof] = detail.split('; proof ')
  return proof.flatMap((text) => {
    const decoded = decodeCertificate(Uint8Array.from(Buffer.from(text, 'hex')))
    return decoded.ok ? [decoded.value] : []
  })
}
