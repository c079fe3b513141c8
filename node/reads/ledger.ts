import type { At, Ledger } from '#api/ports/ledger.ts'
import { quorumOf } from '#protocol/chain/authority-set.ts'
import type { NetworkId } from '#protocol/id.ts'
import type { Ledger as LedgerState } from '#protocol/ledger/ledger.ts'
import { networkOf } from '#protocol/ledger/network.ts'
import type { History } from '#protocol/state/history.ts'
import type { Outcomes } from '../desk/outcomes.ts'
import type { Seating } from '../loop/seating.ts'
import type { Executor, FinalView } from '../pipeline/executor.ts'
import type { Storage } from '../storage/storage.ts'
import { balanceProofAt } from './balance-proofs.ts'
import { blockPage, blockSummaryAt, historyPage } from './chain-pages.ts'
import { federationOf, federationsOf } from './federations.ts'
import { createFinalities } from './finalities.ts'
import { receiptAt } from './receipts.ts'
import type { Recent } from './recent.ts'
import { balancesOf, cardAccountOf, walletAccessOf } from './wallet-reads.ts'

export type LedgerReadsParts = {
  readonly networkId: NetworkId
  /** The present epoch, who votes in it, and how those before ended. */
  readonly seating: () => Pick<Seating, 'epoch' | 'set' | 'ends'>
  readonly executor: Pick<Executor, 'final' | 'tip' | 'finalView'>
  readonly state: Pick<LedgerState['state'], 'proofOf'>
  /** Digests of all strict ancestors of the executed tip. */
  readonly history: History
  readonly recent: Recent
  readonly storage: Pick<Storage, 'reader' | 'blockAt'>
  readonly outcomes: Pick<Outcomes, 'stateOf'>
  /** The federation's tag key, once this node has it. */
  readonly tagKey: () => Uint8Array | undefined
}

/** Reads of final state. What is awaited comes after the value is taken, so that it is of one block. */
export const createLedgerReads = (parts: LedgerReadsParts): Ledger => {
  const { recent, executor, seating } = parts
  const finalities = createFinalities({ ...parts, ends: () => seating().ends })

  const at = <T>(value: T): At<T> => ({ ...recent.head(), value })
  const read = async <T>(of: (view: FinalView) => T): Promise<At<T>> => at(of(executor.finalView()))

  return {
    head: recent.head,
    reach: recent.reach,
    network: () => read((view) => networkSummary(parts, view)),
    authorities: () =>
      read(() => {
        const { epoch, set } = seating()
        return { epoch, set }
      }),
    assets: () => read((view) => [...view.records('asset')]),
    asset: (id) => read((view) => view.get('asset', id)),
    places: () => read((view) => [...view.records('place')]),
    place: (id) => read((view) => view.get('place', id)),
    federations: () => read(federationsOf),
    federation: (id) => read((view) => federationOf(view, id)),
    blocks: async (query) => at(blockPage(parts, query)),
    block: async (height) => at(blockSummaryAt(parts, height)),
    transaction: async (place, id) => at(parts.outcomes.stateOf(place, id)),
    receipt: async (place, id) => {
      const head = recent.head()
      const state = parts.outcomes.stateOf(place, id)
      if (state === undefined || state === 'unsettled') return { ...head, value: state }
      if (state.status === 'pending' || state.status === 'captured')
        return { ...head, value: 'pending' }
      const event = 'event' in state ? state.event : undefined
      if (event === undefined) return { ...head, value: 'unrecorded' }
      return { ...head, value: await receiptAt({ ...parts, finalities }, event) }
    },
    walletAccess: async (reader, wallet) =>
      walletAccessOf(executor.finalView(), { reader, wallet }, recent.head().timeMs),
    wallet: (id) => read((view) => view.get('wallet', id)),
    balances: (wallet) => read((view) => balancesOf(view, wallet)),
    balanceProof: (wallet, asset) => balanceProofAt({ ...parts, finalities }, wallet, asset),
    history: async (wallet, query) => {
      const head = recent.head()
      return { ...head, value: await historyPage(parts, wallet, query) }
    },
    card: (name, reader) =>
      read((view) =>
        cardAccountOf(view, { name, reader, tagKey: parts.tagKey() }, recent.head().timeMs),
      ),
  }
}

const networkSummary = ({ networkId, seating }: LedgerReadsParts, view: FinalView) => {
  const { name, ver, parameters } = networkOf(view)
  const { epoch, set } = seating()
  const authorities = set.members.length
  return {
    id: networkId,
    name,
    ruleVersion: ver,
    epoch,
    authorities,
    quorum: quorumOf(authorities),
    heartbeatMs: parameters.heartbeatMs,
    validityMs: parameters.validityMs,
  }
}
