import { expect, test } from 'vitest'
import { createFinalities } from '#node/reads/finalities.ts'
import { receiptAt } from '#node/reads/receipts.ts'
import { createRecent } from '#node/reads/recent.ts'
import type { StoredBlock } from '#node/storage/stored-block.ts'
import { utf8 } from '#protocol/bytes.ts'
import type { Block } from '#protocol/chain/block.ts'
import { headerDigest } from '#protocol/chain/header.ts'
import { hashOf } from '#protocol/hash.ts'
import { verifyReceipt } from '#protocol/proof/receipt.ts'
import { createHistory } from '#protocol/state/history.ts'
import { createTransactionTree } from '#protocol/state/transaction-tree.ts'
import {
  finalizationOf,
  headerWith,
  TRUSTED,
  verifySignature,
} from '../../protocol/proof/sample-proof.ts'
import { createMachine } from '../storage/machine.ts'

/** Three blocks above genesis that one finalization, that of the last, made final. */
const segment = () => {
  const genesis = headerWith({ height: 0, view: 0 })
  const history = createHistory([headerDigest(genesis)])
  const blocks = [1, 2, 3].map((height): Block => {
    const text = `transaction ${height}`
    const outcomes = [{ hash: hashOf(utf8(text)), outcome: 'applied' }]
    const header = headerWith({
      height,
      view: height,
      historyRoot: history.root(),
      transactionRoot: createTransactionTree(outcomes).root(),
    })
    const digest = headerDigest(header)
    if (height < 3) history.append(digest)
    return { header, digest, transactions: [text], outcomes: ['applied'] }
  })
  const last = blocks.at(-1)
  if (last === undefined) throw new Error('no block')
  return { genesis, history, blocks, last, certificate: finalizationOf(last.header) }
}

test('a block inside a segment is proved through the history of the last, from memory and store', async () => {
  const { genesis, history, blocks, last, certificate } = segment()
  const recent = createRecent(genesis)
  recent.onFinal(
    blocks.map((block) => ({ block, events: [] })),
    certificate,
  )
  const { reader } = createMachine().start()
  const storage = {
    reader: {
      ...reader,
      block: (height: number): StoredBlock | undefined =>
        height === 3 ? { ...last, position: undefined } : undefined,
      certificate: ((_, answer) =>
        answer({
          ok: true,
          value: { height: 3, certificate },
        })) satisfies typeof reader.certificate,
    },
    blockAt: () => undefined,
  }
  const remembering = createFinalities({ history, recent, storage, ends: () => [] })
  const forgetful = createFinalities({
    history,
    recent: { block: () => undefined },
    storage,
    ends: () => [],
  })
  for (const finalities of [remembering, forgetful]) {
    for (const height of [1, 2, 3]) {
      const receipt = await receiptAt({ recent, storage, finalities }, { height, index: 0 })
      const facts = verifyReceipt(receipt, TRUSTED, verifySignature)
      expect(facts).toMatchObject({ ok: true, header: { height } })
      expect('descendant' in receipt.finality).toBe(height < 3)
    }
  }
})

test('what the store lacks stays in memory, whatever its size; the rest is shed', () => {
  const { genesis } = segment()
  const recent = createRecent(genesis)
  const text = 'x'.repeat(1_048_576)
  const blocks = Array.from({ length: 40 }, (_, index): Block => {
    const header = headerWith({ height: index + 1 })
    return { header, digest: headerDigest(header), transactions: [text], outcomes: ['applied'] }
  })
  for (const block of blocks) recent.onFinal([{ block, events: [] }], finalizationOf(block.header))
  expect(recent.unstored()).toHaveLength(40)
  for (const block of blocks) recent.onStored([{ block }])
  expect(recent.unstored()).toHaveLength(0)
  expect(recent.block(40)?.block).toBe(blocks[39])
  expect(recent.block(24)).toBeUndefined()
})
