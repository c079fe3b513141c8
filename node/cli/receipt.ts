import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { quorumOf } from '#protocol/chain/authority-set.ts'
import type { NetworkId } from '#protocol/id.ts'
import type { ProofCode } from '#protocol/proof/proof-code.ts'
import { type ReceiptFacts, verifyReceipt } from '#protocol/proof/receipt.ts'
import { parseTransaction } from '#protocol/transaction/parse.ts'
import { verifySignature } from '#signature'
import { type CommandResult, failure } from '../control/command.ts'
import type { CliAnswer } from './answer.ts'
import { type Nouns, nodeLeaf } from './leaf.ts'
import { findTrusted, type TrustedGenesis, type TrustOptions } from './trusted.ts'
import type { World } from './world.ts'

/** Largest receipt: the largest transaction in JSON, paths, certificate, the most epochs of the most members. */
const RECEIPT_BYTES_MAX = 4_194_304

export const addReceipt: Nouns = (program, { act, world }) => {
  const noun = program.command('receipt').description('proofs of what the ledger did')
  const verify = nodeLeaf(
    noun,
    'verify <file>',
    'check a receipt without any node (- reads input)',
  ).option('--genesis <file>', 'the genesis you trust')
  verify.action((file: string) =>
    act(async () => await verifyFile(world, file, verify.opts<TrustOptions>())),
  )
}

const verifyFile = async (
  world: World,
  file: string,
  options: TrustOptions,
): Promise<CliAnswer> => {
  const trust = findTrusted(world, options)
  if (!trust.ok) return trust
  const bytes = file === '-' ? await world.readInput(RECEIPT_BYTES_MAX) : await bytesOf(world, file)
  const facts = verifyReceipt(jsonOf(bytes), trust.trusted, verifySignature)
  if (!facts.ok) {
    return failure(
      'failed',
      facts.code,
      `this receipt proves nothing: ${REASONS[facts.code]}`,
      REMEDY,
    )
  }
  const result = { ...resultOf(facts, trust.networkId), trusted: trust.file }
  return { ok: true, result, text: sentences(facts, trust) }
}

const REMEDY =
  'ask the node for the receipt again, or name the genesis of its network: --genesis FILE'

/** One byte more than a receipt may have is read, so that a longer file is no receipt. */
const bytesOf = async (world: World, file: string): Promise<Uint8Array> => {
  const handle = await open(resolve(world.directory, file), 'r')
  try {
    const buffer = new Uint8Array(RECEIPT_BYTES_MAX + 1)
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

const jsonOf = (bytes: Uint8Array): unknown => {
  if (bytes.length > RECEIPT_BYTES_MAX) return undefined
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    // The verifier answers for what is no receipt, JSON or not.
    return undefined
  }
}

const resultOf = (facts: ReceiptFacts, networkId: NetworkId): CommandResult => ({
  proven: true,
  outcome: facts.outcome,
  ...transactionOf(facts, networkId),
  hash: facts.hash,
  height: facts.header.height,
  index: facts.index,
  time: new Date(facts.header.timestampMs).toISOString(),
  network: networkId,
})

/** What the transaction in the receipt asked for, if it came along. */
const transactionOf = ({ transaction }: ReceiptFacts, networkId: NetworkId): CommandResult => {
  const parsed = transaction === undefined ? undefined : parseTransaction(transaction, networkId)
  if (parsed?.ok !== true) return {}
  const { body, jti, signer } = parsed.transaction
  return {
    kind: body.kind,
    id: jti,
    ...('amount' in body && body.amount !== undefined && { amount: body.amount }),
    ...('unit' in body && 'scale' in body && { unit: body.unit, scale: body.scale }),
    ...('place' in body && body.place !== undefined && { place: body.place }),
    signer,
  }
}

const sentences = (
  facts: ReceiptFacts,
  { genesis, networkId, trusted, file }: TrustedGenesis,
): readonly string[] => {
  const { header, outcome, index, hash } = facts
  const { kind, id, amount, unit, scale } = transactionOf(facts, networkId)
  const what = kind === undefined ? `transaction ${hash}` : `${String(kind)} ${String(id)}`
  const money =
    typeof amount === 'number' && typeof scale === 'number'
      ? ` of ${(amount / 10 ** scale).toFixed(scale)} ${String(unit)}`
      : ''
  const said = outcome === 'applied' ? 'was applied' : `was refused (${outcome})`
  const size = trusted.authoritySet.members.length
  return [
    `Proven: the ${what}${money} ${said}.`,
    `It is number ${index} of block ${header.height} of ${genesis.name}, ` +
      `${new Date(header.timestampMs).toISOString()}, final for ever.`,
    `At least ${quorumOf(size)} of ${size} authorities signed that; no node was asked.`,
    `Trusted: only the genesis in ${file}, which is ${networkId}.`,
  ]
}

const REASONS: { readonly [C in ProofCode]: string } = {
  proof_malformed: 'it is not a receipt, or bytes in it are damaged',
  wrong_network: 'it is of another network than the genesis',
  authority_set_unknown: 'other authorities than those of the genesis finalised it',
  certificate_mismatch: 'its certificate is of another block',
  quorum_missing: 'too few authorities signed its certificate',
  certificate_invalid: 'a signature in its certificate is not an authority’s',
  history_path_invalid: 'its block is not shown to be in the certified history',
  transaction_mismatch: 'the transaction in it is not the one it is about',
  transaction_path_invalid: 'its block does not hold this transaction with this outcome',
  record_path_invalid: 'the record is not in that state',
  record_mismatch: 'the record is not a balance',
}
