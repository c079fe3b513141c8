import { type Authority, createAuthoritySet } from '../chain/authority-set.ts'
import { FIRST_EPOCH } from '../chain/header.ts'
import { type Genesis, genesisBytes } from '../genesis.ts'
import { hashOf } from '../hash.ts'
import type { Trusted } from './finality.ts'

/** What genesis alone says of the network: who finalises in its first epoch. */
export const trustedOf = (genesis: Genesis): Trusted => {
  const members: readonly Authority[] = genesis.authorities.map(
    ({ consensusKey, operatorKey, peerId }) => ({ consensusKey, operatorKey, peerId }),
  )
  const created = createAuthoritySet(members)
  // A genesis that parses has authorities that are a set.
  if (!created.ok) throw new Error(`no authority set: ${created.code}`)
  return {
    chainId: hashOf(genesisBytes(genesis)),
    epoch: FIRST_EPOCH,
    authoritySet: created.set,
  }
}
