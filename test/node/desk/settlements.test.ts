import { afterEach, describe, expect, test } from 'vitest'
import type { ClearingProposal, ClearingTerms } from '#api/ports/settlement-desk.ts'
import { openPayoutsOf } from '#node/reads/payouts.ts'
import { units } from '#protocol/amount.ts'
import { utf8 } from '#protocol/bytes.ts'
import { createdAssetId, placeIdOfKey } from '#protocol/derive.ts'
import { hashOf } from '#protocol/hash.ts'
import { parseId } from '#protocol/id.ts'
import type { BodyOf, TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { signTransaction } from '#protocol/transaction/sign.ts'
import { actor, peerId } from '../../support/actors.ts'
import { OPERATOR, ROOMY_LIMITS } from '../../support/ledger-builders.ts'
import { closeBars, openedBar, TAG } from './bar.ts'
import { consentOf, openedPayout, signing } from './open-payout.ts'
import { type Bar, must } from './solo-node.ts'

afterEach(closeBars)

const ALL = { limit: 50 }
const CLUB = actor('club')
const CLUB_PLACE = placeIdOfKey(CLUB.key)
const OTHER_PLACE = placeIdOfKey(actor('other').key)

const submitted = (
  bar: Bar,
  body: TransactionBody,
  consents: readonly string[] = [],
  id = bar.node.newId(),
) =>
  bar.node.submissions.submit(
    signTransaction({ ...signing(bar, id, CLUB), body, consents }),
    bar.errand(),
  )

describe('a payout', () => {
  const stock = ({ node, local }: Bar, wallet: string) =>
    node.view().get('balance', `${wallet}/${local}`)

  test('sets a person’s money apart once, is listed with its age, and is gone when paid', async () => {
    const bar = await openedBar()
    const { wallet, order, answer, hold } = await openedPayout(bar)
    expect(await bar.node.desk.redeem(order, bar.errand())).toEqual({ ...answer, replayed: true })
    expect(stock(bar, wallet)).toMatchObject({ available: 600, held: 400 })
    const { value } = await bar.node.books.openPayouts(bar.place, ALL)
    const sinceMs =
      answer.kind === 'outcome' && 'event' in answer.state && answer.state.event?.timeMs
    expect(value.items).toMatchObject([
      { hold: { id: hold }, payer: 'place', sinceMs, overdue: false },
    ])
    const end = { id: bar.node.newId(), hold, paid: true, reference: hashOf(utf8('SEPA 1')) }
    const paid = await bar.node.desk.endPayout(end, bar.errand())
    expect(paid).toMatchObject({ state: { status: 'applied' }, replayed: false })
    expect(await bar.node.desk.endPayout(end, bar.errand())).toEqual({ ...paid, replayed: true })
    expect(stock(bar, wallet)).toMatchObject({ available: 600, held: 0 })
    expect((await bar.node.books.openPayouts(bar.place, ALL)).value).toEqual({ items: [] })
    const found = await bar.node.ledger.transaction(bar.place, end.id)
    expect(found.value).toMatchObject({ status: 'applied' })
  })

  test('that failed gives the money back, and its reference counts once', async () => {
    const bar = await openedBar()
    const { wallet, hold } = await openedPayout(bar)
    const reference = hashOf(utf8('SEPA 2'))
    const end = { id: bar.node.newId(), hold, paid: false, reference }
    await bar.node.desk.endPayout(end, bar.errand())
    expect(stock(bar, wallet)).toMatchObject({ available: 1_000, held: 0 })
    const again = { ...end, id: bar.node.newId(), paid: true }
    expect(await bar.node.desk.endPayout(again, bar.errand())).toMatchObject({
      state: { code: 'hold_unknown' },
    })
  })

  test('without its holder’s consent is refused, and under the id with another amount too', async () => {
    const bar = await openedBar()
    const { order } = await openedPayout(bar)
    const other = { ...order, amount: 399 }
    expect(await bar.node.desk.redeem(other, bar.errand())).toMatchObject({ code: 'id_reused' })
    const fresh = { ...order, id: bar.node.newId() }
    expect(await bar.node.desk.redeem(fresh, bar.errand())).toMatchObject({
      code: 'consent_invalid',
    })
  })

  test('is settled for no caller whose grant is bounded', async () => {
    const bar = await openedBar()
    const { hold } = await openedPayout(bar)
    const grant = bar.node.newId()
    const issue: BodyOf<'grant.issue'> = {
      kind: 'grant.issue',
      place: bar.place,
      grantee: actor('bar till').key,
      actions: ['redeem'],
      caps: { day: units(10) },
    }
    const answer = await must(bar.node, grant, 'place', issue)
    const id =
      answer.kind === 'outcome' && 'event' in answer.state && answer.state.event?.created[0]
    const bounded = parseId('grt', id || '')
    if (bounded === undefined) throw new Error('no grant')
    const errand = { ...bar.errand(), caller: { ...bar.caller, grant: bounded } }
    const end = { id: bar.node.newId(), hold, paid: true, reference: hashOf(utf8('SEPA 3')) }
    expect(await bar.node.desk.endPayout(end, errand)).toMatchObject({ code: 'grant_bounded' })
    expect(bar.node.view().get('hold', hold)).toBeDefined()
  })

  test('that has waited for a week is overdue', async () => {
    const bar = await openedBar()
    const { hold } = await openedPayout(bar)
    const { view, recent, payoutBook } = bar.node
    const headMs = () => recent.head().timeMs + 7 * 86_400_000
    expect(openPayoutsOf({ view, payoutBook, headMs }, { place: bar.place })).toMatchObject([
      { hold: { id: hold }, overdue: true },
    ])
  })
})

describe('a clearing', () => {
  /** A club that the bar has 500 of, and that has 300 of the bar's money. */
  const withClub = async (bar: Bar) => {
    const { node, place, local } = bar
    const id = node.newId()
    const terms = { name: 'club', nodes: [peerId('club')], accepts: [] }
    const agree = { kind: 'place.register' as const, authority: OPERATOR.key, ...terms }
    const consent = consentOf(bar, id, CLUB, agree)
    const register: BodyOf<'place.register'> = {
      kind: 'place.register',
      placeKey: CLUB.key,
      ...terms,
    }
    await must(node, id, 'operator', register, [consent])
    const jti = node.newId()
    const create: BodyOf<'asset.create'> = {
      ...{ kind: 'asset.create', place: CLUB_PLACE, code: 'CLUB', name: 'Club' },
      ...{ category: 'local', unit: 'EUR', scale: 2, transferable: true, cardLimits: ROOMY_LIMITS },
    }
    await submitted(bar, create, [], jti)
    const club = createdAssetId({ scope: CLUB_PLACE, jti, index: 0 })
    const walletOf = (of: typeof place) => {
      const wallet = node.view().get('place', of)?.wallet
      if (wallet === undefined) throw new Error('no wallet')
      return { wallet }
    }
    await submitted(bar, {
      ...{ kind: 'issue', place: CLUB_PLACE, asset: club },
      ...{ amount: units(500), to: walletOf(place) },
    })
    const to = walletOf(CLUB_PLACE)
    await node.desk.topUp({ id: node.newId(), to, amount: 300, asset: local }, bar.errand())
    return club
  }
  const proposed = (bar: Bar, terms: ClearingTerms): ClearingProposal => {
    const made = bar.node.desk.proposeClearing({ id: bar.node.newId(), terms }, bar.errand())
    if (made.kind !== 'proposal') throw new Error(made.code)
    return made.proposal
  }
  const agreedByClub = (bar: Bar, terms: ClearingTerms) => {
    const made = bar.node.desk.proposeClearing({ id: bar.node.newId(), terms }, bar.errand())
    if (made.kind !== 'proposal') throw new Error(made.code)
    const { proposal } = made
    const { kind, place } = proposal.body
    const consent = consentOf(bar, proposal.id, CLUB, { kind, place, terms: made.terms })
    return { proposal, consent }
  }
  const opening = (bar: Bar, club: ClearingParts): ClearingTerms => ({
    kind: 'clearing.open',
    other: CLUB_PLACE,
    gives: [{ asset: club, amount: units(500) }],
    takes: [{ asset: bar.local, amount: units(300) }],
  })
  type ClearingParts = Awaited<ReturnType<typeof withClub>>

  test('is opened and settled as both agreed; net positions stay', async () => {
    const bar = await openedBar()
    const club = await withClub(bar)
    const { desk, books } = bar.node
    expect((await books.positions(bar.place, ALL)).value.items).toEqual([
      {
        place: CLUB_PLACE,
        owed: [{ asset: club, available: 500, held: 0 }],
        owing: [{ asset: bar.local, available: 300, held: 0 }],
      },
    ])
    const order = agreedByClub(bar, opening(bar, club))
    const opened = await desk.clear(order, bar.errand())
    expect(opened).toMatchObject({ state: { status: 'applied' } })
    expect(await desk.clear(order, bar.errand())).toEqual({ ...opened, replayed: true })
    const { value: open } = await books.openClearings(bar.place, ALL)
    expect(open.items).toMatchObject([
      { clearing: { id: order.proposal.id }, gives: [{ cap: 500 }], takes: [{ cap: 300 }] },
    ])
    const settling = agreedByClub(bar, {
      kind: 'clearing.settle',
      opener: bar.place,
      clearing: order.proposal.id,
      gives: [{ asset: club, amount: units(300) }],
      takes: [{ asset: bar.local, amount: units(300) }],
      paid: [{ asset: club, amount: units(150) }],
      reference: hashOf(utf8('SEPA 9')),
    })
    expect(await desk.clear(settling, bar.errand())).toMatchObject({ state: { status: 'applied' } })
    expect((await books.positions(bar.place, ALL)).value.items).toEqual([
      { place: CLUB_PLACE, owed: [{ asset: club, available: 50, held: 0 }], owing: [] },
    ])
    const { reserves } = (await books.reserves({ from: 0, limit: 50 })).value
    expect(reserves.find(({ asset }) => asset.id === club)).toMatchObject({
      asset: { supply: 50, redeemed: 150 },
      atPlaces: 50,
      inWallets: 0,
    })
  })

  test('shows a place its own stock, who has what it issues, and of others sums alone', async () => {
    const bar = await openedBar()
    const club = await withClub(bar)
    const linesFor = async (reader?: typeof bar.place) => {
      const page = { from: 0, limit: 50, ...(reader && { reader }) }
      const { reserves } = (await bar.node.books.reserves(page)).value
      expect(reserves.find(({ asset }) => asset.id === club)).toMatchObject({ atPlaces: 500 })
      return reserves
        .filter(({ asset }) => asset.id === club || asset.id === bar.local)
        .map(({ places }) => places.map(({ place }) => place))
    }
    expect(await linesFor()).toEqual([[], []])
    expect(await linesFor(bar.place)).toEqual([[CLUB_PLACE], [bar.place]])
    expect(await linesFor(CLUB_PLACE)).toEqual([[CLUB_PLACE], [bar.place]])
    expect(await linesFor(OTHER_PLACE)).toEqual([[], []])
  })

  test('wants the other place’s consent to exactly these terms', async () => {
    const bar = await openedBar()
    const club = await withClub(bar)
    const { consent } = agreedByClub(bar, opening(bar, club))
    const proposal = proposed(bar, opening(bar, club))
    expect(await bar.node.desk.clear({ proposal, consent }, bar.errand())).toMatchObject({
      code: 'consent_invalid',
    })
    const place = CLUB_PLACE
    const foreign = { ...proposal, body: { ...proposal.body, place } }
    expect(await bar.node.desk.clear({ proposal: foreign, consent }, bar.errand())).toMatchObject({
      code: 'order_mismatch',
    })
  })

  test('proposed by another place is agreed to with this place’s key, and by none that is not meant', async () => {
    const bar = await openedBar()
    const club = await withClub(bar)
    const id = bar.node.newId()
    const body: BodyOf<'clearing.open'> = {
      kind: 'clearing.open',
      place: CLUB_PLACE,
      other: bar.place,
      gives: [{ asset: bar.local, amount: units(100) }],
      takes: [{ asset: club, amount: units(100) }],
    }
    const proposal = { id, body, expiresAtMs: bar.node.clock.wallMs() + 60_000 }
    const agreed = bar.node.desk.agreeToClearing(proposal, bar.errand())
    if (agreed.kind !== 'consent') throw new Error(agreed.code)
    expect(await submitted(bar, body, [agreed.consent], id)).toMatchObject({
      state: { status: 'applied' },
    })
    const meant = { ...proposal, body: { ...body, other: CLUB_PLACE, place: bar.place } }
    expect(bar.node.desk.agreeToClearing(meant, bar.errand())).toMatchObject({
      code: 'order_mismatch',
    })
  })

  test('of nothing, or with itself, is no proposal', async () => {
    const bar = await openedBar()
    const propose = (terms: ClearingTerms) =>
      bar.node.desk.proposeClearing({ id: bar.node.newId(), terms }, bar.errand())
    const none = { kind: 'clearing.open' as const, other: CLUB_PLACE, gives: [], takes: [] }
    expect(propose(none)).toMatchObject({ code: 'malformed' })
    const gives = [{ asset: bar.local, amount: units(1) }]
    expect(propose({ ...none, other: bar.place, gives })).toMatchObject({ code: 'malformed' })
  })
})

describe('somebody', () => {
  test('comes and goes by a badge, once each', async () => {
    const bar = await openedBar()
    const { node, place } = bar
    const jti = node.newId()
    await must(node, jti, 'place', {
      ...{ kind: 'asset.create', place, code: 'STAFF', name: 'Staff', category: 'badge' },
      ...{ unit: 'badge', scale: 0, transferable: false, cardLimits: ROOMY_LIMITS },
    })
    await node.desk.registerCard({ card: { tag: TAG }, activate: true }, bar.errand())
    const badge = (direction: 'in' | 'out') =>
      node.desk.badge({ id: node.newId(), who: { tag: TAG }, direction }, bar.errand())
    expect(await badge('in')).toMatchObject({ state: { event: { facts: { visits: 1 } } } })
    expect(await badge('in')).toMatchObject({ state: { code: 'badge_already_in' } })
    expect(await badge('out')).toMatchObject({ state: { status: 'applied' } })
    const { value } = await node.ledger.card({ tag: TAG }, { place })
    expect(value).toMatchObject({ presences: [{ visits: 1 }] })
  })

  test('gets a membership of the only club there is, until its period is over', async () => {
    const bar = await openedBar()
    const { node, place } = bar
    const order = { id: node.newId(), to: { tag: TAG }, amount: 2_000 }
    await node.desk.registerCard({ card: { tag: TAG }, activate: true }, bar.errand())
    expect(await node.desk.setMembership(order, bar.errand())).toMatchObject({
      code: 'asset_required',
    })
    await must(node, node.newId(), 'place', {
      ...{ kind: 'asset.create', place, code: 'CLUB', name: 'Club', category: 'membership' },
      ...{ unit: 'membership', scale: 0, transferable: false, cardLimits: ROOMY_LIMITS },
      periodMs: 86_400_000,
    })
    const first = await node.desk.setMembership(order, bar.errand())
    expect(first).toMatchObject({ state: { event: { kind: 'membership.set' } } })
    expect(await node.desk.setMembership(order, bar.errand())).toEqual({ ...first, replayed: true })
    const { value } = await node.ledger.card({ tag: TAG }, { place })
    expect(value).toMatchObject({ memberships: [{ contributions: 2_000 }] })
  })
})
