import { randomBytes } from 'node:crypto'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { z } from 'zod'
import { loadGenesis } from '#config/genesis-file.ts'
import { hostInit } from '#node/network/host.ts'
import { nodeKeyOf } from '#node/network/identity.ts'
import { protocolNames } from '#node/network/protocol-names.ts'
import { command } from '#scripts/federation/command.ts'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import type { Claim } from '#test/claims/claim.ts'
import { nodesOf, until, venueOf, withFederation } from '../../support/federation.ts'
import { compared, type Row } from '../../support/federation-claim.ts'
import { FederationTill, saidBy } from '../../support/federation-till.ts'

const Status = z.object({ listen: z.array(z.string()), links: z.array(z.unknown()) })

const TRIES = 3
const CLOSED_WITHIN_MS = 10_000

export const claim: Claim = {
  area: 'main',
  name: 'stranger-refused',
  bound: 'a libp2p node that nobody registered gets no stream at any node, and no link',
  short: true,
  run: async ({ directory, progress }) =>
    await withFederation(directory, async (federation) => {
      const rows: Row[] = []
      for (const { name } of nodesOf(federation)) {
        progress(name)
        rows.push(...(await knockAt(federation, name)))
      }
      const till = new FederationTill(venueOf(federation, 0))
      const card = await till.newCard('weak', 500)
      rows.push(['a payment afterwards', saidBy(await till.pay(card.face, 100)), 'applied'])
      till.close()
      return compared(rows)
    }),
}

const knockAt = async (federation: LocalFederation, name: string): Promise<readonly Row[]> => {
  const before = await statusOf(federation, name)
  const rows: Row[] = []
  for (let tries = 0; tries < TRIES; tries += 1) {
    rows.push([`streams at ${name}`, await streamsAt(federation, before.listen), 0])
  }
  const after = await statusOf(federation, name)
  rows.push([`links of ${name}`, after.links.length, before.links.length])
  return rows
}

/** How many of the network's streams a new identity can open before it is shown the door. */
const streamsAt = async (
  { genesisFile }: LocalFederation,
  listen: readonly string[],
): Promise<number> => {
  const loaded = loadGenesis(genesisFile)
  if (!loaded.ok) throw new Error('the genesis of the federation does not load')
  const { link, bulk, join } = protocolNames(loaded.networkId)
  const key = nodeKeyOf(new Uint8Array(randomBytes(32)))
  const host = await createLibp2p(hostInit({ key, listen: [], announce: [], gater: {} }))
  try {
    // Refused before the handshake has ended is refused as well.
    const connection = await host
      .dial(listen.map((address) => multiaddr(address)))
      .catch(() => undefined)
    if (connection === undefined) return 0
    let opened = 0
    for (const protocol of [link, bulk, join, '/meshsub/1.1.0']) {
      const stream = await connection.newStream(protocol).catch(() => undefined)
      if (stream !== undefined) opened += 1
    }
    await until('the end of a connection', CLOSED_WITHIN_MS, () => connection.status !== 'open')
    return opened
  } finally {
    await host.stop()
  }
}

const statusOf = async ({ directory }: LocalFederation, name: string) =>
  Status.parse(await command('status', '--directory', `${directory}/${name}`))
