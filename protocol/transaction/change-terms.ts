import { utf8 } from '../bytes.ts'
import { type Hash, hashOf } from '../hash.ts'
import type { AuthorityChange } from './kinds/authority.ts'

/**
 * What an operator agrees to: SHA-256 of the JSON text of `epoch`, `members` in the order given (of
 * each `consensusKey`, `operatorKey`, `peerId`, `addresses`) and `version` where there is one.
 */
export const termsOfChange = ({
  epoch,
  members,
  version,
}: Pick<AuthorityChange, 'epoch' | 'members' | 'version'>): Hash =>
  hashOf(
    utf8(
      JSON.stringify({
        epoch,
        members: members.map(({ consensusKey, operatorKey, peerId, addresses }) => ({
          consensusKey,
          operatorKey,
          peerId,
          addresses,
        })),
        ...(version !== undefined && { version }),
      }),
    ),
  )
