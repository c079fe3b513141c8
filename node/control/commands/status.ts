import { z } from 'zod'
import { placeIdOfKey } from '#protocol/derive.ts'
import { keyOfSeed } from '../../keys/key-of-seed.ts'
import { defineCommand, done } from '../command.ts'

/** How the node feels and where it is reached. */
export const showStatus = defineCommand(z.strictObject({}), async (_, operations) => {
  const { genesis, networkId, role, secrets } = operations
  const { timeMs } = operations.head()
  const place = secrets.get('place')
  return done({
    network: networkId,
    name: genesis.name,
    role,
    ...(place === undefined ? {} : { place: placeIdOfKey(keyOfSeed(place)) }),
    time: new Date(timeMs).toISOString(),
    ...operations.health(),
    ...operations.addresses(),
    links: operations.links().map(({ peer, role: peerRole }) => ({ peer, role: peerRole })),
    turnedAway: operations.turnedAway(),
  })
})
