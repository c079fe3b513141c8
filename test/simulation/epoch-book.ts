import { z } from 'zod'
import type { FinalBlock } from '#node/pipeline/executor.ts'
import { originOf } from '#node/recovery/genesis-block.ts'
import { type AuthoritySet, authoritySetOf } from '#protocol/chain/authority-set.ts'
import { FIRST_EPOCH } from '#protocol/chain/header.ts'
import type { Hash } from '#protocol/hash.ts'
import { Key } from '#protocol/id.ts'
import type { Circuit } from './circuit.ts'
import type { Observation } from './observation.ts'

/** One epoch, as the changes that were executed make it. */
export type Epoch = {
  readonly epoch: number
  readonly set: AuthoritySet
  readonly version: number
  /** The block that it grows from. */
  readonly originHeight: number
  readonly originDigest: Hash
}

/** Who votes in which epoch, for whoever sees all: read from the final chain, from nobody's state. */
export type EpochBook = {
  readonly see: (observation: Observation) => void
  readonly newest: () => Epoch
  /** Undefined while no honest node calls the block final that it grows from. */
  readonly of: (epoch: number) => Epoch | undefined
  /** Every epoch so far, oldest first. */
  readonly all: () => readonly Epoch[]
  /** The machine of a member. */
  readonly machineOf: (epoch: number, member: number) => number | undefined
  /** The index of a machine in the set of an epoch; undefined when it has no vote in it. */
  readonly memberOf: (epoch: number, machine: number | undefined) => number | undefined
}

export const createEpochBook = ({ set, genesis, seatholders }: Circuit): EpochBook => {
  const machines = new Map<string, number>(
    [...seatholders].map(([machine, { consensus }]) => [consensus.key, machine]),
  )
  const first: Epoch = {
    epoch: FIRST_EPOCH,
    set,
    version: genesis.ver,
    originHeight: 0,
    originDigest: originOf(genesis).digest,
  }
  const epochs: Epoch[] = [first]
  const newest = (): Epoch => epochs.at(-1) ?? first
  const of = (epoch: number): Epoch | undefined => epochs[epoch - FIRST_EPOCH]

  const onFinal = (final: FinalBlock): void => {
    const { height, epoch } = final.block.header
    const present = newest()
    // A block that is final at one node after the other is read once.
    if (epoch !== present.epoch || height <= present.originHeight) return
    const next = nextIn(final, present)
    if (next !== undefined) epochs.push(next)
  }

  return {
    see: (observation) => {
      if (observation.type === 'final' && observation.who.honest) onFinal(observation.block)
    },
    newest,
    of,
    all: () => epochs,
    machineOf: (epoch, member) => {
      const key = of(epoch)?.set.members[member]?.consensusKey
      return key === undefined ? undefined : machines.get(key)
    },
    memberOf: (epoch, machine) => {
      const key = machine === undefined ? undefined : seatholders.get(machine)?.consensus.key
      const members = of(epoch)?.set.members ?? []
      const index = members.findIndex(({ consensusKey }) => consensusKey === key)
      return index === -1 ? undefined : index
    },
  }
}

const Change = z.object({
  tx: z.object({
    version: z.number().optional(),
    members: z.array(z.object({ consensusKey: Key, operatorKey: Key, peerId: z.string() })),
  }),
})

/** What a block that holds a change brings about, by the text of that transaction. */
export const nextIn = (final: FinalBlock, present: Epoch): Epoch | undefined => {
  const index = final.events.findIndex(
    ({ kind, outcome }) => kind === 'authority.change' && outcome === 'applied',
  )
  const text = final.transactions[index]?.text
  if (text === undefined) return undefined
  const payload = Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()
  const { members, version } = Change.parse(JSON.parse(payload)).tx
  return {
    epoch: present.epoch + 1,
    set: authoritySetOf(members),
    version: version ?? present.version,
    originHeight: final.block.header.height,
    originDigest: final.block.digest,
  }
}
