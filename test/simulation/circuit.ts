import { units } from '#protocol/amount.ts'
import type { AuthoritySet } from '#protocol/chain/authority-set.ts'
import { createAuthoritySet } from '#protocol/chain/authority-set.ts'
import { DEFAULT_PARAMETERS, type Genesis } from '#protocol/genesis.ts'
import { type Seatholder, seatholderOf } from '#test/support/authority-changes.ts'
import type { Keys, Signer } from './keys.ts'
import { createRandom } from './random.ts'
import { START_MS } from './start.ts'
import type { Swarm } from './swarm.ts'

/** Who takes part: the genesis, and the names that everybody's keys grow from. */
export type Circuit = {
  readonly genesis: Genesis
  readonly set: AuthoritySet
  /** Those who vote at first in the order of the set, and candidates, by their machines. */
  readonly seatholders: ReadonlyMap<number, Seatholder>
  readonly operator: Signer
  /** Peer ids of machines: authorities in the order of the set, followers, candidates. */
  readonly peers: readonly string[]
}

const roomy = { charge: units(100_000_000), day: units(100_000_000) }
/** Card limits that stand in nobody's way. */
export const ROOMY_LIMITS = { weak: roomy, secret: roomy }
export const ROOMY_CAPS = roomy

/** Newcomers of a day at one place, and sales that can soon not be refunded. */
export const WALLETS_PER_DAY = 12
const SHORT_WINDOW_MS = 5_000

/** What the collector owns at genesis. */
export const MEDALS = 100_000

export const createCircuit = (swarm: Swarm, keys: Keys): Circuit => {
  const names = Array.from({ length: swarm.authorities }, (_, index) => `authority ${index}`)
  const first = names.map((name, index) => seatholderOf(keys, name, { port: 4_001 + index }))
  const genesis = genesisOf(swarm, keys, first)
  const created = createAuthoritySet(genesis.authorities)
  if (!created.ok) throw new Error(created.code)
  const { set } = created
  const seated = set.members.flatMap(({ consensusKey }) =>
    first.filter(({ consensus }) => consensus.key === consensusKey),
  )
  const followers = Array.from({ length: swarm.followers }, (_, index) =>
    keys.peerId(`follower ${index}`),
  )
  const candidates = swarm.candidates.map(({ operatorOf }, index) => {
    const operator = operatorOf === null ? undefined : seated[operatorOf]?.operator
    return seatholderOf(keys, `candidate ${index}`, operator && { operator })
  })
  const afterFollowers = swarm.authorities + swarm.followers
  return {
    genesis,
    set,
    seatholders: new Map([
      ...seated.entries(),
      ...candidates.map((one, index) => [afterFollowers + index, one] as const),
    ]),
    operator: keys.signer(`operator ${names[0]}`),
    peers: [
      ...set.members.map(({ peerId }) => peerId),
      ...followers,
      ...candidates.map(({ member }) => member.peerId),
    ],
  }
}

/** Refusals that a loaded hour uses up, of a till after a quarter of them. */
const FEW_REFUSALS = 24
const FEW_REFUSALS_CHANCE = 0.15

/** What the genesis follows from: all that begin with one opening have the same. */
const originOf = ({ seed, opening }: Swarm): string =>
  opening === null ? `${seed}` : `from opening ${opening}`

/** Refusals recorded per scope and hour; drawn apart, so that it shifts nothing else of a seed. */
export const refusedPerHourOf = (swarm: Swarm): number =>
  createRandom(`refusals ${originOf(swarm)}`).chance(FEW_REFUSALS_CHANCE)
    ? FEW_REFUSALS
    : DEFAULT_PARAMETERS.refusedPerHour

/** Bounds that a simulation meets: of wallets always, of refunds and of refusals in some. */
const boundsOf = (swarm: Swarm): Partial<Genesis['parameters']> => {
  const isShort = createRandom(`parameters ${originOf(swarm)}`).chance(0.2)
  return {
    walletsPerDay: WALLETS_PER_DAY,
    refusedPerHour: refusedPerHourOf(swarm),
    refundWindowMs: isShort ? SHORT_WINDOW_MS : DEFAULT_PARAMETERS.refundWindowMs,
  }
}

const genesisOf = (swarm: Swarm, keys: Keys, first: readonly Seatholder[]): Genesis => ({
  format: 'kermesse-genesis/1',
  name: `Simulation ${originOf(swarm)}`,
  startTimeMs: START_MS,
  ver: 1,
  parameters: {
    ...DEFAULT_PARAMETERS,
    ...boundsOf(swarm),
    blockTransactionsMax: swarm.blockTransactionsMax,
    minBlockGapMs: swarm.minBlockGapMs,
  },
  authorities: first.map(({ member }) => member),
  federation: {
    name: 'Riverside',
    admins: [keys.signer('operator authority 0').key],
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
