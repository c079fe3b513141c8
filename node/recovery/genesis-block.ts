import { type AuthoritySet, createAuthoritySet } from '#protocol/chain/authority-set.ts'
import { genesisHeader, type Header, headerDigest } from '#protocol/chain/header.ts'
import { type Genesis, networkIdOf } from '#protocol/genesis.ts'
import { type Hash, hashOfHex } from '#protocol/hash.ts'
import { idBytes, type NetworkId } from '#protocol/id.ts'
import { createLedger, type Ledger } from '#protocol/ledger/ledger.ts'
import { RULE_BOOK, type RuleBook } from '#protocol/ledger/rule-book.ts'
import { createHistory } from '#protocol/state/history.ts'
import { createTransactionTree } from '#protocol/state/transaction-tree.ts'

/** Everything that follows from a genesis alone. */
export type Origin = {
  readonly networkId: NetworkId
  readonly chainId: Hash
  readonly set: AuthoritySet
  readonly header: Header
  readonly digest: Hash
  /** The ledger at height 0. */
  readonly ledger: Ledger
}

/** The block at height 0 and its state; a genesis that passed its schema always has them. */
export const originOf = (genesis: Genesis, rules: RuleBook = RULE_BOOK): Origin => {
  const networkId = networkIdOf(genesis)
  const chainId = hashOfHex(Buffer.from(idBytes(networkId)).toString('hex'))
  const created = createAuthoritySet(genesis.authorities)
  if (!created.ok) throw new Error(`genesis names no authority set: ${created.code}`)
  const ledger = createLedger(genesis, rules)
  const header = genesisHeader({
    chainId,
    timestampMs: genesis.startTimeMs,
    transactionRoot: createTransactionTree([]).root(),
    stateRoot: ledger.state.root(),
    historyRoot: createHistory().root(),
    authoritySetHash: created.set.hash,
    version: genesis.ver,
  })
  return { networkId, chainId, set: created.set, header, digest: headerDigest(header), ledger }
}
