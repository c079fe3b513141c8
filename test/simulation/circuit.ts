import { units } from '#protocol/amount.ts'
import type { AuthoritySet } from '#protocol/chain/authority-set.ts'
import { createAuthoritySet } from '#protocol/chain/authority-set.ts'
import { DEFAULT_PARAMETERS, type Genesis } from '#protocol/genesis.ts'
import type { Keys, Signer } from './keys.ts'
import { START_MS } from './start.ts'
import type { Swarm } from './swarm.ts'

/** Who takes part: the genesis, and the names that everybody's keys grow from. */
export type Circuit = {
  readonly genesis: Genesis
  readonly set: AuthoritySet
  /** Consensus signers in the order of the set. */
  readonly members: readonly Signer[]
  readonly operator: Signer
  /** Peer ids of machines: authorities in the order of the set, then followers. */
  readonly peers: readonly string[]
}

const roomy = { charge: units(100_000_000), day: units(100_000_000) }
/** Card limits that stand in nobody's way. */
export const ROOMY_LIMITS = { weak: roomy, secret: roomy }
export const ROOMY_CAPS = roomy

/** What the collector owns at genesis. */
export const MEDALS = 100_000

export const createCircuit = (swarm: Swarm, keys: Keys): Circuit => {
  const names = Array.from({ length: swarm.authorities }, (_, index) => `authority ${index}`)
  const genesis = genesisOf(swarm, keys, names)
  const created = createAuthoritySet(genesis.authorities)
  if (!created.ok) throw new Error(created.code)
  const { set } = created
  const byKey = new Map(
    names.map((name) => {
      const signer = keys.signer(`consensus ${name}`)
      return [signer.key, signer] as const
    }),
  )
  const followers = Array.from({ length: swarm.followers }, (_, index) =>
    keys.peerId(`follower ${index}`),
  )
  return {
    genesis,
    set,
    members: set.members.flatMap(({ consensusKey }) => byKey.get(consensusKey) ?? []),
    operator: keys.signer(`operator ${names[0]}`),
    peers: [...set.members.map(({ peerId }) => peerId), ...followers],
  }
}

const genesisOf = (swarm: Swarm, keys: Keys, names: readonly string[]): Genesis => ({
  format: 'kermesse-genesis/1',
  name: `Simulation ${swarm.seed}`,
  startTimeMs: START_MS,
  ver: 1,
  parameters: {
    ...DEFAULT_PARAMETERS,
    blockTransactionsMax: swarm.blockTransactionsMax,
    minBlockGapMs: swarm.minBlockGapMs,
  },
  authorities: names.map((name, index) => ({
    consensusKey: keys.signer(`consensus ${name}`).key,
    operatorKey: keys.signer(`operator ${name}`).key,
    peerId: keys.peerId(name),
    addresses: [`/ip4/127.0.0.1/tcp/${4_001 + index}`],
  })),
  federation: {
    name: 'Riverside',
    admins: [keys.signer(`operator ${names[0]}`).key],
    asset: {
      code: 'EURF',
      name: 'Shared euro',
      unit: 'EUR',
      scale: 2,
      transferable: true,
      cardLimits: ROOMY_LIMITS,
      gateway: keys.signer('gateway').key,
    },
  },
  fixedAssets: [
    {
      code: 'MEDAL',
      name: 'Medals',
      unit: 'point',
      scale: 0,
      supply: units(MEDALS),
      owner: keys.signer('collector').key,
      transferable: true,
      cardLimits: ROOMY_LIMITS,
    },
  ],
})
