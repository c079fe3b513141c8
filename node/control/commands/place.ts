import { z } from 'zod'
import { authoritiesOf } from '#protocol/ledger/network.ts'
import { encodeInvitation } from '../../join/invitation.ts'
import {
  INVITATION_ADDRESSES_MAX,
  INVITATION_LIFE_MAX_MS,
  INVITATION_LIFE_MS,
} from '../../join/limits.ts'
import { defineCommand, done, failure } from '../command.ts'
import { ownPlace } from '../own-place.ts'

/** An invitation for one place, told once. */
export const invitePlace = defineCommand(
  z.strictObject({
    lifeMs: z.int().min(60_000).max(INVITATION_LIFE_MAX_MS).default(INVITATION_LIFE_MS),
  }),
  async ({ lifeMs }, operations) => {
    const { genesis, invitations, networkId, secrets } = operations
    const { members } = authoritiesOf(operations.view())
    const { peerId } = operations.addresses()
    const self = members.find((authority) => authority.peerId === peerId)
    if (self === undefined || secrets.get('operator') === undefined) {
      const todo = 'run it at the node of an authority'
      return failure('failed', 'authority_required', 'only an authority invites places', todo)
    }
    const isAdmin = genesis.federation?.admins.includes(self.operatorKey)
    if (isAdmin === true && secrets.get('tag-key') === undefined) {
      const todo = 'invite at the authority whose init had --founder; it keeps the tag key'
      return failure('failed', 'tag_key_missing', 'the tag key of the federation is not here', todo)
    }
    const invitation = await invitations.create(lifeMs)
    if (invitation === undefined) {
      const todo = 'wait until one is used or expires'
      return failure('failed', 'invitations_exhausted', 'too many invitations are open', todo)
    }
    return done({
      invitation: encodeInvitation({
        networkId,
        peerId: self.peerId,
        ...invitation,
        addresses: self.addresses.slice(0, INVITATION_ADDRESSES_MAX),
      }),
      expires: new Date(invitation.expiresAtMs).toISOString(),
    })
  },
)

/** The place of this node. */
export const showPlace = defineCommand(z.strictObject({}), async (_, operations) => {
  const own = ownPlace(operations)
  if (!own.ok) return own
  const { id, name, status, wallet, federations, assets, accepts, nodes } = own.place
  return done({ place: id, name, status, wallet, federations, assets, accepts, nodes })
})
