import { afterEach, describe, expect, test } from 'vitest'
import type { BatchAnswer, BatchOrder } from '#api/ports/card-desk.ts'
import { signerOfSeed } from '#node/keys/key-of-seed.ts'
import type { CardId, Key } from '#protocol/id.ts'
import { signConsent, signTransaction } from '#protocol/transaction/sign.ts'
import { claimKeyOf, claimOfCode } from '#protocol/transaction/tag.ts'
import { actor } from '../../support/actors.ts'
import { closeBars, openedBar } from './bar.ts'
import { type Bar, must } from './solo-node.ts'

afterEach(closeBars)

const secretOf = (n: number) => new Uint8Array(16).fill(n)
const order = ({ node }: Bar, change: Partial<BatchOrder> = {}): BatchOrder => ({
  id: node.newId(),
  batch: 'summer',
  strength: 'secret',
  cards: [{ secret: secretOf(1) }, { secret: secretOf(2) }],
  claims: true,
  activate: true,
  ...change,
})
const again = (first: BatchOrder): BatchOrder => ({
  ...first,
  cards: [{ secret: secretOf(1) }, { secret: secretOf(2) }],
})

const taken = (answer: BatchAnswer) => {
  if (answer.kind !== 'batch') throw new Error(JSON.stringify(answer))
  return answer
}
const claimOf = (card: { readonly claim?: Uint8Array } | undefined): Uint8Array => {
  if (card?.claim === undefined) throw new Error('no claim')
  return card.claim
}

describe('a batch of cards', () => {
  test('is registered once; its claim codes are told once, and are those on the ledger', async () => {
    const bar = await openedBar()
    const first = order(bar)
    const answer = taken(await bar.node.desk.registerBatch(first, bar.errand()))
    expect(answer).toMatchObject({ settlement: { replayed: false, state: { status: 'applied' } } })
    const claims = answer.cards.map(({ card }) => bar.node.view().get('card', card)?.claim)
    expect(claims).toEqual(answer.cards.map((card) => claimOfCode(claimOf(card))))
    const replay = taken(await bar.node.desk.registerBatch(again(first), bar.errand()))
    expect(replay.settlement).toEqual({ ...answer.settlement, replayed: true })
    expect(replay.cards).toEqual(answer.cards.map(({ card }) => ({ card })))
  })

  test('under the same id with other cards, or without claims, is another order', async () => {
    const bar = await openedBar()
    const first = order(bar)
    await bar.node.desk.registerBatch(first, bar.errand())
    for (const change of [{ claims: false }, { activate: false }, { batch: 'winter' }]) {
      const answer = await bar.node.desk.registerBatch({ ...again(first), ...change }, bar.errand())
      expect(answer).toEqual({ kind: 'turned_away', code: 'id_reused' })
    }
  })

  test('asked for 20 times at once is one registration, whose codes one answer tells', async () => {
    const bar = await openedBar()
    const first = order(bar)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => bar.node.desk.registerBatch(again(first), bar.errand())),
    )
    const told = answers.map(taken).filter(({ cards }) => cards[0]?.claim !== undefined)
    expect(told).toHaveLength(1)
  })
})

describe('a lost card', () => {
  const loaded = async (bar: Bar) => {
    const { cards } = taken(await bar.node.desk.registerBatch(order(bar), bar.errand()))
    const [old] = cards
    if (old === undefined) throw new Error('no card')
    const to = { card: old.card }
    await bar.node.desk.topUp({ id: bar.node.newId(), to, amount: 900 }, bar.errand())
    const blank = { secret: secretOf(9) }
    const next = await bar.node.desk.registerCard({ card: blank, activate: false }, bar.errand())
    if (next.kind !== 'card') throw new Error('no blank card')
    return { old: old.card, claim: claimOf(old), next: next.card.id }
  }
  const fundsOf = async ({ node, place }: Bar, card: CardId) => {
    const { value } = await node.ledger.card({ card }, { place })
    return typeof value === 'object'
      ? value.balances.map(({ balance }) => balance.available)
      : value
  }

  test('is blocked, unblocked, and replaced with its money by its claim code alone', async () => {
    const bar = await openedBar()
    const { desk } = bar.node
    const { old, claim, next } = await loaded(bar)
    const named = { card: { card: old } }
    expect(await desk.blockCard(named, bar.errand())).toMatchObject({ card: { state: 'blocked' } })
    expect(await desk.unblockCard(named, bar.errand())).toMatchObject({ card: { state: 'active' } })
    expect(await desk.unblockCard(named, bar.errand())).toMatchObject({ replayed: true })
    const replace = { ...named, with: { card: next } }
    expect(await desk.replaceCard(replace, bar.errand())).toMatchObject({
      state: { code: 'consent_missing' },
    })
    const wrong = { ...replace, claim: secretOf(77) }
    expect(await desk.replaceCard(wrong, bar.errand())).toMatchObject({
      state: { code: 'consent_missing' },
    })
    const right = { ...replace, claim: claim.slice() }
    expect(await desk.replaceCard(right, bar.errand())).toMatchObject({
      card: { state: 'replaced', replacedBy: next },
    })
    expect(right.claim).toEqual(new Uint8Array(16))
    expect(await fundsOf(bar, next)).toEqual([900])
    const repeated = { ...replace, claim: claim.slice() }
    expect(await desk.replaceCard(repeated, bar.errand())).toMatchObject({ replayed: true })
  })

  test('is not voided while it has money', async () => {
    const bar = await openedBar()
    const { old } = await loaded(bar)
    const { desk } = bar.node
    expect(await desk.voidCard({ card: { card: old } }, bar.errand())).toMatchObject({
      state: { code: 'card_not_empty' },
    })
  })

  test('is linked by what its holder and its claim code signed, and by nothing else', async () => {
    const bar = await openedBar()
    const { node } = bar
    const { old, claim, next } = await loaded(bar)
    const holder = actor('holder')
    const wallet = await opened(bar, holder)
    const jti = node.newId()
    const exp = Math.floor(node.clock.wallMs() / 1_000) + 60
    const common = { networkId: node.origin.networkId, exp, jti }
    const by = signerOfSeed(claimKeyOf(claim))
    const consent = signConsent({
      ...common,
      ...by,
      agree: { kind: 'card.link', card: old, wallet },
    })
    const transaction = signTransaction({
      ...common,
      signerKey: holder.key,
      sign: holder.sign,
      body: { kind: 'card.link', card: old, wallet },
      consents: [consent],
    })
    const waiting = bar.errand()
    const other = { card: next, transaction }
    expect(await node.desk.linkCard(other, waiting)).toMatchObject({ code: 'order_mismatch' })
    const linked = await node.desk.linkCard({ card: old, transaction }, waiting)
    expect(linked).toMatchObject({ state: { status: 'applied' } })
    expect(node.view().get('card', old)).toMatchObject({ state: 'linked', wallet })
  })
})

/** A person's wallet that the bar opened. */
const opened = async (
  { node, place }: Bar,
  holder: { readonly key: Key; readonly sign: ReturnType<typeof actor>['sign'] },
) => {
  const id = node.newId()
  const consent = signConsent({
    networkId: node.origin.networkId,
    signerKey: holder.key,
    sign: holder.sign,
    exp: Math.floor(node.clock.wallMs() / 1_000) + 60,
    jti: id,
    agree: { kind: 'wallet.open', place },
  })
  await must(node, id, 'place', { kind: 'wallet.open', place, key: holder.key }, [consent])
  const wallet = node.view().get('key', holder.key)?.wallet
  if (wallet === undefined) throw new Error('no wallet')
  return wallet
}
