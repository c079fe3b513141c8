import { describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import type { Header } from '#protocol/chain/header.ts'
import { hashBytes } from '#protocol/hash.ts'
import { encodeId } from '#protocol/id.ts'
import {
  type BalanceProof,
  balanceProofOf,
  verifyBalanceProof,
} from '#protocol/proof/balance-proof.ts'
import { finalityOf } from '#protocol/proof/finality.ts'
import { FAMILIES, type Records } from '#protocol/state/families.ts'
import type { BalanceRecord } from '#protocol/state/record.ts'
import { createState } from '#protocol/state/state.ts'
import { rootOfStatePath, type StatePath } from '#protocol/state/state-path.ts'
import {
  descendantOf,
  finalizationOf,
  hashNamed,
  headerWith,
  nodesNamed,
  TRUSTED,
  throughJson,
  verifySignature,
} from './sample-proof.ts'

const balanceOf = (name: string): BalanceRecord => ({
  wallet: encodeId('wal', hashBytes(hashNamed(name))),
  asset: encodeId('ast', hashBytes(hashNamed('asset'))),
  available: units(1_234_567_890),
  held: units(1_234_567),
  totalIn: units(9_876_543_210),
  totalOut: units(8_640_740_753),
})
const BALANCE = balanceOf('holder')
const MILLION = 1_000_000

/** The path of a balance among a million: its siblings are nodes nobody has looked behind. */
const statePath = (fields: Partial<StatePath> = {}): StatePath => ({
  family: FAMILIES.balance.number,
  slot: 654_321,
  count: MILLION,
  text: FAMILIES.balance.encode(BALANCE),
  path: nodesNamed('balance', 20),
  place: 7,
  families: 16,
  familyPath: nodesNamed('family', 4),
  ...fields,
})

const headerOver = (path: StatePath, fields: Partial<Header> = {}): Header =>
  headerWith({ stateRoot: rootOfStatePath(path) ?? hashNamed('none'), ...fields })

const proofOver = (path: StatePath): BalanceProof => {
  const header = headerOver(path)
  return balanceProofOf(path, finalityOf(header, finalizationOf(header)))
}

const judge = (value: unknown) => verifyBalanceProof(throughJson(value), TRUSTED, verifySignature)

const proof = proofOver(statePath())

test('a balance proof proves a balance without any node', () => {
  expect(judge(proof)).toEqual({ ok: true, balance: BALANCE, header: headerOver(statePath()) })
})

test('a state of real records gives a proof of each balance', () => {
  const state = createState<Records>(FAMILIES)
  state.beginBlock()
  const balances = [...'abcde'].map(balanceOf)
  for (const balance of balances) state.put('balance', FAMILIES.balance.key(balance), balance)
  const header = headerWith({ stateRoot: state.sealBlock().root })
  for (const balance of balances) {
    const path = state.proofOf('balance', FAMILIES.balance.key(balance))
    if (path === undefined) throw new Error('no path')
    const shown = balanceProofOf(path, finalityOf(header, finalizationOf(header)))
    expect(judge(shown)).toEqual({ ok: true, balance, header })
  }
})

test('a proof of one in a million, by a descendant and signed by all seven, is under 4 kB', () => {
  const header = headerOver(statePath())
  const descendant = descendantOf(header)
  const certificate = finalizationOf(descendant.header, { signers: [0, 1, 2, 3, 4, 5, 6] })
  const long = balanceProofOf(statePath(), finalityOf(header, certificate, descendant))
  expect(judge(long)).toMatchObject({ ok: true, balance: BALANCE })
  expect(JSON.stringify(long).length).toBeLessThanOrEqual(4_000)
})

describe('in precedence order', () => {
  const flipped = (text: string): string => `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`
  const of = (fields: Partial<Header>, certificate = {}): unknown => {
    const header = headerOver(statePath(), fields)
    return { ...proof, finality: finalityOf(header, finalizationOf(header, certificate)) }
  }
  const richer = FAMILIES.balance.encode({ ...BALANCE, available: units(9) })
  const wallet = FAMILIES.wallet.encode({ id: BALANCE.wallet, kind: 'person', keys: [] })
  test.each<[string, string, unknown]>([
    ['nothing', 'proof_malformed', undefined],
    ['a receipt', 'proof_malformed', { ...proof, format: 'kermesse-receipt-1' }],
    ['one field more', 'proof_malformed', { ...proof, more: 1 }],
    ['a path that is not nodes', 'proof_malformed', { ...proof, path: 'AAAA' }],
    ['family siblings that are not nodes', 'proof_malformed', { ...proof, familyPath: 'AAAA' }],
    ['a count no node could hold', 'proof_malformed', { ...proof, count: 2 ** 27 }],
    ['another network', 'wrong_network', of({ chainId: hashNamed('other') })],
    ['another epoch', 'authority_set_unknown', of({ epoch: 2 })],
    ['a certificate of another view', 'certificate_mismatch', of({}, { view: 1_200_999 })],
    ['a signature too few', 'quorum_missing', of({}, { signers: [3, 4, 5, 6] })],
    ['another state root', 'record_path_invalid', of({ stateRoot: hashNamed('other') })],
    ['a richer record', 'record_path_invalid', { ...proof, record: richer }],
    ['a record of no JSON', 'record_path_invalid', { ...proof, record: 'no JSON' }],
    ['another family', 'record_path_invalid', { ...proof, family: 9 }],
    ['another slot', 'record_path_invalid', { ...proof, slot: proof.slot ^ 1 }],
    ['a slot beyond the family', 'record_path_invalid', { ...proof, slot: proof.slot + 2 ** 20 }],
    ['a slot that wraps', 'record_path_invalid', { ...proof, slot: proof.slot + 2 ** 32 }],
    ['another count', 'record_path_invalid', { ...proof, count: proof.count - 1 }],
    ['a shorter tree', 'record_path_invalid', { ...proof, count: 2 ** 19 }],
    ['another sibling', 'record_path_invalid', { ...proof, path: flipped(proof.path) }],
    [
      'another family root',
      'record_path_invalid',
      { ...proof, familyPath: flipped(proof.familyPath) },
    ],
    ['another place', 'record_path_invalid', { ...proof, place: 6 }],
    ['a place beyond the families', 'record_path_invalid', { ...proof, place: 7 + 16 }],
    ['another number of families', 'record_path_invalid', { ...proof, families: 15 }],
    [
      'a wallet',
      'record_mismatch',
      proofOver(statePath({ family: FAMILIES.wallet.number, text: wallet })),
    ],
    ['a free slot', 'record_mismatch', proofOver(statePath({ text: 'null' }))],
  ])('%s is %s', (_, code, value) => {
    expect(judge(value ?? null)).toEqual({ ok: false, code })
  })
})
