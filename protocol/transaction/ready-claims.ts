import { decodeBase64url } from '#text-encoding'
import { authoritySetOf } from '../chain/authority-set.ts'
import { readyBytes } from '../chain/ready.ts'
import { idBytes, type NetworkId } from '../id.ts'
import type { SignatureClaim } from './envelope.ts'
import type { AuthorityChange } from './kinds/authority.ts'

/**
 * The signatures of the ready statements in a change of authorities, still to be proven; undefined
 * when the text of one is not 64 bytes in their only spelling.
 */
export const readyClaims = (
  { epoch, members, ready }: AuthorityChange,
  networkId: NetworkId,
): readonly SignatureClaim[] | undefined => {
  const domain = { chainId: idBytes(networkId), set: authoritySetOf(members) }
  const claims: SignatureClaim[] = []
  for (const { consensusKey, height, version, signature: text } of ready) {
    const signature = decodeBase64url(text)
    if (signature === undefined) return undefined
    const message = readyBytes({ epoch, height, version }, domain)
    claims.push({ key: consensusKey, message, signature })
  }
  return claims
}
