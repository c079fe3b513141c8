import { z } from 'zod'
import type { Header } from '../chain/header.ts'
import type { VerifySignature } from '../signature.ts'
import { FAMILIES } from '../state/families.ts'
import { FAMILY_NUMBER_MAX, FAMILY_PATH_MAX, TREE_DEPTH_MAX } from '../state/limits.ts'
import { BalanceRecord } from '../state/record.ts'
import { rootOfStatePath, type StatePath } from '../state/state-path.ts'
import { Finality, judgeFinality, type Trusted } from './finality.ts'
import { decodeNodes, encodeNodes, nodesText } from './proof-bytes.ts'
import { type Unproven, unproven } from './proof-code.ts'

/** Format of this proof; a verifier refuses others. */
export const BALANCE_PROOF_FORMAT = 'kermesse-balance-1'

const BALANCE_TEXT_MAX = 512
const SLOTS_MAX = 2 ** TREE_DEPTH_MAX

/** A balance in the state after a final block, for anyone to check without a node. */
export const BalanceProof = z.strictObject({
  format: z.literal(BALANCE_PROOF_FORMAT),
  /** Number of the record's family. */
  family: z.int().min(1).max(FAMILY_NUMBER_MAX),
  slot: z.int().min(0),
  /** Slots of the family. */
  count: z.int().min(1).max(SLOTS_MAX),
  /** The record's canonical text. */
  record: z.string().max(BALANCE_TEXT_MAX),
  /** Siblings in the family's tree, from the leaf upwards. */
  path: nodesText(TREE_DEPTH_MAX),
  /** Place of the family among all, by ascending number, from 0. */
  place: z.int().min(0),
  families: z.int().min(1).max(FAMILY_NUMBER_MAX),
  /** Siblings in the tree over the family roots, upwards. */
  familyPath: nodesText(FAMILY_PATH_MAX),
  finality: Finality,
})
export type BalanceProof = z.infer<typeof BalanceProof>

/** What a verified proof says: the balance after the block of `header`. */
export type BalanceFacts = {
  readonly ok: true
  readonly balance: BalanceRecord
  readonly header: Header
}

export const balanceProofOf = (path: StatePath, finality: Finality): BalanceProof => ({
  format: BALANCE_PROOF_FORMAT,
  family: path.family,
  slot: path.slot,
  count: path.count,
  record: path.text,
  path: encodeNodes(path.path),
  place: path.place,
  families: path.families,
  familyPath: encodeNodes(path.familyPath),
  finality,
})

/** Whether `proof`, of any origin, proves a balance; otherwise the first check that fails. */
export const verifyBalanceProof = (
  proof: unknown,
  trusted: Trusted,
  verify: VerifySignature,
): BalanceFacts | Unproven => {
  const decoded = decodeProof(proof)
  if (decoded === undefined) return unproven('proof_malformed')
  const final = judgeFinality(decoded.finality, trusted, verify)
  if (!final.ok) return final
  const { header } = final
  if (rootOfStatePath(decoded.path) !== header.stateRoot) return unproven('record_path_invalid')
  const balance = balanceOf(decoded.path)
  if (balance === undefined) return unproven('record_mismatch')
  return { ok: true, balance, header }
}

function decodeProof(
  proof: unknown,
): { readonly path: StatePath; readonly finality: Finality } | undefined {
  const parsed = BalanceProof.safeParse(proof)
  if (!parsed.success) return undefined
  const { family, slot, count, record, place, families, finality } = parsed.data
  const path = decodeNodes(parsed.data.path)
  const familyPath = decodeNodes(parsed.data.familyPath)
  if (path === undefined || familyPath === undefined) return undefined
  return {
    path: { family, slot, count, text: record, path, place, families, familyPath },
    finality,
  }
}

/** The balance in a slot of a final state: there, a text of its family is a record or a free link. */
function balanceOf({ family, text }: StatePath): BalanceRecord | undefined {
  if (family !== FAMILIES.balance.number) return undefined
  const parsed = BalanceRecord.safeParse(JSON.parse(text))
  return parsed.success ? parsed.data : undefined
}
