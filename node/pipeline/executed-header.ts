import type { HeaderTemplate } from '#consensus/effect.ts'
import { FLAG_EMPTY, FLAG_SEALING, type Header } from '#protocol/chain/header.ts'
import type { Hash } from '#protocol/hash.ts'
import type { ExecutedBlock } from '#protocol/ledger/execute-block.ts'

/** The header that follows from a template (or from the same fields of a header) and an execution. */
export const completed = (
  template: HeaderTemplate,
  { outcomes, txRoot, stateRoot, next }: ExecutedBlock,
  historyRoot: Hash,
): Header => ({
  chainId: template.chainId,
  epoch: template.epoch,
  view: template.view,
  height: template.height,
  parentDigest: template.parentDigest,
  timestampMs: template.timestampMs,
  proposerIndex: template.proposerIndex,
  transactionCount: outcomes.length,
  transactionRoot: txRoot,
  stateRoot,
  historyRoot,
  authoritySetHash: template.authoritySetHash,
  nextSetHash: next?.set.hash ?? template.authoritySetHash,
  version: template.version,
  flags: (outcomes.length === 0 ? FLAG_EMPTY : 0) | (next === undefined ? 0 : FLAG_SEALING),
})

/** Which field of a header is not what execution gives, with both values. */
export const differenceOf = (claimed: Header, actual: Header): string | undefined => {
  const fields = [
    'transactionCount',
    'transactionRoot',
    'stateRoot',
    'historyRoot',
    'nextSetHash',
    'flags',
  ] as const
  const field = fields.find((name) => claimed[name] !== actual[name])
  return field && `${field}: ${claimed[field]} claimed, ${actual[field]} here`
}
