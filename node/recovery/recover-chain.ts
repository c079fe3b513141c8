import type { EpochEnd } from '#consensus/epoch-end.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import type { Header } from '#protocol/chain/header.ts'
import type { Hash } from '#protocol/hash.ts'
import { createEmptyState, type Ledger, loadLedger } from '#protocol/ledger/ledger.ts'
import { createHistory, createHistoryAbove, type History } from '#protocol/state/history.ts'
import { storedBase } from '../storage/chain-base.ts'
import { type Answer, guarded, whenDone, withValue } from '../storage/completion.ts'
import { corruptState } from '../storage/corrupt-state.ts'
import type { KeyValuePort } from '../storage/key-value-port.ts'
import { damageIn, loadState, writesOf } from '../storage/state-loading.ts'
import type { Storage } from '../storage/storage.ts'
import type { StoredBlock } from '../storage/stored-block.ts'
import { loadEpochs } from './epochs.ts'
import type { Origin } from './genesis-block.ts'

/** The final chain as the disk has it. */
export type RecoveredChain = {
  readonly ledger: Ledger
  /** Digests of all strict ancestors of the final block. */
  readonly history: History
  /** `certificate` is null for genesis only. */
  readonly final: {
    readonly header: Header
    readonly digest: Hash
    readonly certificate: Finalization | null
  }
  /** How every epoch before ended, oldest first. */
  readonly ends: readonly EpochEnd[]
}

/**
 * Brings the ledger back from a store, or begins it: on a first start genesis is written. The state
 * is compared with the header it belongs to, and every invariant is checked; a difference is
 * `state_corrupt` and names the record. Nothing is ever repaired.
 */
export const recoverChain = (
  parts: { readonly storage: Storage; readonly keyValues: KeyValuePort; readonly origin: Origin },
  answer: Answer<RecoveredChain>,
): void => {
  const applied = parts.storage.chain.applied()
  if (applied === undefined) begin(parts, answer)
  else {
    guarded(
      answer,
      () => storedAt(parts.storage, applied.height),
      (block) => load(parts, block, answer),
    )
  }
}

type Parts = Parameters<typeof recoverChain>[0]

const begin = ({ storage, origin }: Parts, answer: Answer<RecoveredChain>): void => {
  const { header, digest, ledger } = origin
  const writes = writesOf(ledger.state)
  storage.chain.begin(
    { header, digest, writes },
    whenDone(answer, () =>
      answer({
        ok: true,
        value: {
          ledger,
          history: createHistory(),
          final: { header, digest, certificate: null },
          ends: [],
        },
      }),
    ),
  )
}

const load = (parts: Parts, block: StoredBlock, answer: Answer<RecoveredChain>): void => {
  const { storage, keyValues, origin } = parts
  const { header, digest } = block
  const history = createHistoryAbove(storedBase(keyValues))
  const state = createEmptyState()
  const conclude = (certificate: Finalization | null): void =>
    guarded(
      answer,
      () => {
        if (history.root() !== header.historyRoot) throw corruptState('the chain of digests')
        return ledgerOf(state, origin)
      },
      (ledger) => {
        const final = { header, digest, certificate }
        loadEpochs(
          { storage, ledger, final },
          withValue(answer, (ends) =>
            answer({ ok: true, value: { ledger, history, final, ends } }),
          ),
        )
      },
    )
  const concludeGenesis = (): void => {
    if (digest === origin.digest) conclude(null)
    else answer({ ok: false, error: corruptState('the stored genesis is another network’s') })
  }
  loadState(
    keyValues,
    state,
    withValue(answer, (root) => {
      if (root !== header.stateRoot) {
        const detail = `state root ${root}, header ${header.height} says ${header.stateRoot}`
        damageIn(
          keyValues,
          withValue(answer, (damage) =>
            answer({ ok: false, error: damage ?? corruptState(detail) }),
          ),
        )
        return
      }
      loadHistory(
        storage,
        { history, header },
        withValue(answer, () => {
          if (header.height === 0) concludeGenesis()
          else readFinalization(storage, header.height, withValue(answer, conclude))
        }),
      )
    }),
  )
}

/** All digests below the final block, from where the copy begins. */
const loadHistory = (
  storage: Storage,
  { history, header }: { readonly history: History; readonly header: Header },
  answer: Answer<true>,
): void =>
  storage.reader.eachDigest(
    (digest) => {
      if (history.count() < header.height) history.append(digest)
    },
    whenDone(answer, () => answer({ ok: true, value: true })),
  )

const readFinalization = (storage: Storage, height: number, answer: Answer<Finalization>): void =>
  storage.reader.certificate(
    height,
    withValue(answer, (found) => {
      if (found?.height === height) answer({ ok: true, value: found.certificate })
      else answer({ ok: false, error: corruptState(`no finalization of block ${height}`) })
    }),
  )

const ledgerOf = (state: ReturnType<typeof createEmptyState>, { ledger }: Origin): Ledger => {
  const loaded = loadLedger(state, ledger.book)
  if (loaded.ok) return loaded.ledger
  const { invariant, subject, expected, found } = loaded.finding
  throw corruptState(`${invariant} of ${subject}: expected ${expected}, found ${found}`)
}

const storedAt = (storage: Storage, height: number): StoredBlock => {
  const block = storage.reader.block(height)
  if (block === undefined) throw corruptState(`no block at the applied height ${height}`)
  return block
}
