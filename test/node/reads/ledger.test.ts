import { afterEach, describe, expect, test } from 'vitest'
import { historyPage } from '#node/reads/chain-pages.ts'
import { walletIdOfKey } from '#protocol/derive.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { verifyBalanceProof } from '#protocol/proof/balance-proof.ts'
import { verifyReceipt } from '#protocol/proof/receipt.ts'
import { commitmentOf, TagUid } from '#protocol/transaction/tag.ts'
import { verifySignature } from '#signature'
import { actor } from '../../support/actors.ts'
import { closeBars, loadedCard, openedBar, pay, TAG } from '../desk/bar.ts'
import { type Bar, TAG_KEY } from '../desk/solo-node.ts'

afterEach(closeBars)

const stored = ({ node }: Bar): Promise<void> =>
  node.recent.reachStored(node.recent.head().height, new AbortController().signal)

const walletOf = ({ node }: Bar) => {
  const card = node.view().get('card', commitmentOf(TAG_KEY, TagUid.parse(TAG)))
  if (card?.wallet === undefined) throw new Error('no wallet')
  return card.wallet
}

describe('a receipt', () => {
  test('of a payment proves it to a stranger, at once and from the store', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 2_000)
    const id = bar.node.newId()
    await pay(bar, bar.errand(), { id, amount: 650 })
    const { ledger, trusted } = bar.node
    const atOnce = await ledger.receipt(bar.place, id)
    const facts = verifyReceipt(atOnce.value, trusted, verifySignature)
    expect(facts).toMatchObject({ ok: true, outcome: 'applied' })
    await stored(bar)
    const later = await ledger.receipt(bar.place, id)
    expect(later.value).toEqual(atOnce.value)
    const spoiled = { ...Object(later.value), outcome: 'card_blocked' }
    expect(verifyReceipt(spoiled, trusted, verifySignature)).toMatchObject({ ok: false })
  })

  test('of what no block records is none', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 100)
    const id = bar.node.newId()
    expect((await bar.node.ledger.receipt(bar.place, id)).value).toBeUndefined()
    await pay(bar, bar.errand(), { id, amount: 650 })
    expect((await bar.node.ledger.receipt(bar.place, id)).value).toBe('unrecorded')
  })

  test('of each of many payments at once proves it', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 5_000)
    const ids = Array.from({ length: 20 }, () => bar.node.newId())
    await Promise.all(ids.map((id) => pay(bar, bar.errand(), { id, amount: 10 })))
    await stored(bar)
    for (const id of ids) {
      const { value } = await bar.node.ledger.receipt(bar.place, id)
      expect(verifyReceipt(value, bar.node.trusted, verifySignature)).toMatchObject({ ok: true })
    }
  })
})

describe('a wallet', () => {
  test('has a balance that a stranger can prove', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 2_000)
    const wallet = walletOf(bar)
    const { value } = await bar.node.ledger.balanceProof(wallet, bar.local)
    const facts = verifyBalanceProof(value, bar.node.trusted, verifySignature)
    expect(facts).toMatchObject({ ok: true, balance: { wallet, available: 2_000 } })
    const other = await bar.node.ledger.balanceProof(walletIdOfKey(actor('nobody').key), bar.local)
    expect(other.value).toBeUndefined()
  })

  test('has a balance that can be proved while blocks follow each other', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 5_000)
    const busy = Array.from({ length: 50 }, () =>
      pay(bar, bar.errand(), { id: bar.node.newId(), amount: 10 }),
    )
    const proofs = await Promise.all(
      busy.map(async (paying) => {
        await paying
        return bar.node.ledger.balanceProof(walletOf(bar), bar.local)
      }),
    )
    for (const { value, height } of proofs) {
      const facts = verifyBalanceProof(value, bar.node.trusted, verifySignature)
      expect(facts).toMatchObject({ ok: true, header: { height } })
    }
  })

  test('is read by whom it lets charge, and by nobody else', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 2_000)
    const { ledger, view } = bar.node
    const own = view().get('place', bar.place)?.wallet ?? walletOf(bar)
    expect(await ledger.walletAccess({ place: bar.place }, own)).toBe('granted')
    expect(await ledger.walletAccess({ place: bar.place }, walletOf(bar))).toBe('granted')
    const medals = walletIdOfKey(actor('collector').key)
    expect(await ledger.walletAccess({ place: bar.place }, medals)).toBe('denied')
    const unknown = walletIdOfKey(actor('nobody').key)
    expect(await ledger.walletAccess({ place: bar.place }, unknown)).toBe('unknown')
  })

  test('has a history that pages newest first, without gap or repetition', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 2_000)
    for (let n = 1; n <= 5; n++) {
      await pay(bar, bar.errand(), { id: bar.node.newId(), amount: n })
    }
    const wallet = walletOf(bar)
    const whole = await bar.node.ledger.history(wallet, { limit: 10 })
    const changes = whole.value.items.map(
      ({ movements }) => movements.find((movement) => movement.wallet === wallet)?.change,
    )
    expect(changes).toEqual([-5, -4, -3, -2, -1, 2_000])
    const paged: LedgerEvent[] = []
    let after = whole.value.next
    do {
      const query = after === undefined ? { limit: 4 } : { limit: 4, after }
      const { value } = await bar.node.ledger.history(wallet, query)
      paged.push(...value.items)
      after = value.next
    } while (after !== undefined)
    expect(paged).toEqual(whole.value.items)
  })
})

test('a history says nothing of blocks above the height it is told at', async () => {
  const bar = await openedBar()
  await loadedCard(bar, 2_000)
  const wallet = walletOf(bar)
  await pay(bar, bar.errand(), { id: bar.node.newId(), amount: 1 })
  await stored(bar)
  const { height } = bar.node.recent.head()
  const asked = Promise.withResolvers<void>()
  // The store is asked only after one more payment is in it.
  const reader: typeof bar.node.storage.reader = {
    ...bar.node.storage.reader,
    history: (...question) =>
      void asked.promise.then(() => bar.node.storage.reader.history(...question)),
  }
  const page = historyPage({ recent: bar.node.recent, storage: { reader } }, wallet, { limit: 10 })
  await pay(bar, bar.errand(), { id: bar.node.newId(), amount: 2 })
  await stored(bar)
  asked.resolve()
  const { items } = await page
  expect(items.map((event) => event.height <= height)).toEqual([true, true])
})

describe('the chain', () => {
  test('is listed newest first down to genesis', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 100)
    const { ledger } = bar.node
    const { value, height } = await ledger.blocks({ limit: 3 })
    expect(value.items.map(({ header }) => header.height)).toEqual([height, height - 1, height - 2])
    const after = value.next
    const rest = await ledger.blocks({ limit: 100, ...(after && { after }) })
    expect(rest.value.items.at(-1)?.header.height).toBe(0)
    expect(rest.value.items).toHaveLength(height - 2)
    expect(rest.value.next).toBeUndefined()
    expect((await ledger.block(height + 1)).value).toBeUndefined()
  })

  test('tells the card of a tag to the place that made it', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 100)
    const found = await bar.node.ledger.card({ tag: TAG }, { place: bar.place })
    expect(found.value).toMatchObject({
      card: { state: 'active' },
      balances: [{ balance: { available: 100 }, asset: { id: bar.local } }],
    })
    const unknown = await bar.node.ledger.card({ tag: '04FFFFFF' }, { place: bar.place })
    expect(unknown.value).toBeUndefined()
  })
})
