import { units } from '#protocol/amount.ts'
import { cardIdOfKey, placeIdOfKey, walletIdOfKey } from '#protocol/derive.ts'
import { hashOf } from '#protocol/hash.ts'
import { deriveId, encodeId, type Key, type NetworkId } from '#protocol/id.ts'
import type { SignMessage } from '#protocol/signature.ts'
import { termsOfChange } from '#protocol/transaction/change-terms.ts'
import type { Agreement } from '#protocol/transaction/consent.ts'
import { peerIdOfKeyBytes } from '#protocol/transaction/kinds/peer-id.ts'
import type { BodyOf, Kind } from '#protocol/transaction/kinds/transaction-body.ts'
import { termsOf } from '#protocol/transaction/operator-terms.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { keyPairOf, publicKeyOf } from '#signature'

/** A party of the samples: its seed is one byte, repeated. */
export type Party = {
  readonly seed: Uint8Array
  readonly key: Key
  readonly sign: SignMessage
}

const party = (byte: number): Party => {
  const seed = new Uint8Array(32).fill(byte)
  return { seed, key: encodeId('key', publicKeyOf(seed)), sign: keyPairOf(seed).sign }
}

export const TILL = party(1)
export const HOLDER = party(2)
export const PLACE = party(3)
const OPERATOR = party(4)
const CONSENSUS = party(6)
/** Of `CONSENSUS` to the sample change, as the golden vectors have it. */
const READY_SIGNATURE =
  'aWAjc7nOQypacaH_Fp6WzqVH6R4yEvRZwjQne-86qk86myfDWTvLRS1OAgcrw2fluQMfSz_hoTfaEeOKjQYlDw'

export const NETWORK: NetworkId = deriveId('net', 'samples')
export const OTHER_NETWORK: NetworkId = deriveId('net', 'other')
export const JTI = PaymentId.parse('0197f000-0000-7000-8000-000000000001')
export const OTHER_JTI = PaymentId.parse('0197f000-0000-7000-8000-000000000002')
/** 60 s after the time inside the payment id. */
export const EXP = Math.floor(0x0197f0000000 / 1000) + 60

const place = placeIdOfKey(PLACE.key)
const grant = deriveId('grt', 'till')
const asset = deriveId('ast', 'beer')
const card = cardIdOfKey(HOLDER.key)
const hold = deriveId('hld', 'gate')
const federation = deriveId('fed', 'riverside')
const caps = { charge: units(3000), day: units(6000) }
const cardLimits = { weak: caps, secret: caps }
const nodes = [peerIdOfKeyBytes(publicKeyOf(new Uint8Array(32).fill(5)))]

/** One valid body of every kind, with every optional member that can stand beside the others. */
export const SAMPLE_BODIES: { readonly [K in Kind]: BodyOf<K> } = {
  'asset.archive': { kind: 'asset.archive', place, grant, asset },
  'asset.create': {
    kind: 'asset.create',
    place,
    grant,
    code: 'BEER',
    name: 'Bière du quartier',
    category: 'local',
    unit: 'EUR',
    scale: 2,
    cap: units(1_000_000),
    transferable: true,
    cardLimits,
    vat: 'multi_purpose',
    lease: { cap: units(3000), durationMs: 21_600_000 },
    issueLimits: { day: units(500_000), secondAbove: units(20_000) },
    federations: [federation],
  },
  'asset.update': {
    kind: 'asset.update',
    place,
    grant,
    asset,
    name: 'Bière des quais',
    cap: units(2_000_000),
    transferable: false,
    cardLimits,
    vat: 'single_purpose',
    lease: { cap: units(2000), durationMs: 3_600_000 },
    issueLimits: { day: units(400_000) },
    federations: [federation],
  },
  'authority.change': {
    kind: 'authority.change',
    epoch: 2,
    members: [
      {
        consensusKey: CONSENSUS.key,
        operatorKey: OPERATOR.key,
        peerId: nodes[0] ?? '',
        addresses: ['/ip4/127.0.0.1/tcp/4201', '/dns/authority.example/tcp/4201'],
      },
    ],
    version: 2,
    ready: [
      {
        consensusKey: CONSENSUS.key,
        height: 41,
        version: 2,
        signature: READY_SIGNATURE,
      },
    ],
  },
  badge: { kind: 'badge', place, grant, asset, who: { card }, direction: 'in' },
  batch: {
    kind: 'batch',
    operations: [
      { kind: 'card.activate', place, card },
      { kind: 'issue', place, asset, amount: units(2000), to: { card } },
    ],
  },
  'card.activate': { kind: 'card.activate', place, grant, card },
  'card.block': { kind: 'card.block', place, grant, card },
  'card.link': { kind: 'card.link', card, wallet: walletIdOfKey(TILL.key) },
  'card.register': {
    kind: 'card.register',
    place,
    grant,
    batch: 'wristbands-1',
    strength: 'secret',
    mandate: { federation: deriveId('fed', 'riverside'), caps },
    cards: [card, deriveId('crd', 'second')],
    claims: [TILL.key, PLACE.key],
  },
  'card.replace': {
    kind: 'card.replace',
    place,
    grant,
    card,
    with: deriveId('crd', 'second'),
  },
  'card.unblock': { kind: 'card.unblock', place, grant, card },
  'card.void': { kind: 'card.void', place, grant, card },
  cashout: { kind: 'cashout', place, grant, payer: { card }, asset, amount: units(150) },
  'clearing.open': {
    kind: 'clearing.open',
    place,
    grant,
    other: placeIdOfKey(TILL.key),
    gives: [{ asset, amount: units(500) }],
    takes: [{ asset: deriveId('ast', 'wine'), amount: units(700) }],
  },
  'clearing.settle': {
    kind: 'clearing.settle',
    place,
    grant,
    opener: placeIdOfKey(TILL.key),
    clearing: OTHER_JTI,
    gives: [{ asset, amount: units(500) }],
    takes: [{ asset: deriveId('ast', 'wine'), amount: units(500) }],
    paid: [{ asset: deriveId('ast', 'wine'), amount: units(200) }],
    reference: hashOf(new Uint8Array(3)),
  },
  correction: {
    kind: 'correction',
    asset,
    from: walletIdOfKey(HOLDER.key),
    to: walletIdOfKey(TILL.key),
    amount: units(30),
    reason: hashOf(new Uint8Array(4)),
  },
  'correction.execute': { kind: 'correction.execute', scope: TILL.key, correction: OTHER_JTI },
  'correction.withdraw': { kind: 'correction.withdraw', scope: TILL.key, correction: OTHER_JTI },
  'deficit.cover': { kind: 'deficit.cover', asset, amount: units(40) },
  'payout.settle': {
    kind: 'payout.settle',
    hold: deriveId('hld', 'payout'),
    paid: true,
    reference: hashOf(new Uint8Array(5)),
  },
  redeem: {
    kind: 'redeem',
    place,
    grant,
    asset,
    amount: units(500),
    from: walletIdOfKey(HOLDER.key),
  },
  reverse: {
    kind: 'reverse',
    asset,
    reference: hashOf(new Uint8Array(6)),
    chargeback: hashOf(new Uint8Array(7)),
    amount: units(60),
  },
  'topup.refund': {
    kind: 'topup.refund',
    asset,
    reference: hashOf(new Uint8Array(6)),
    amount: units(70),
  },
  'federation.accept': { kind: 'federation.accept', place, grant, federation },
  'federation.create': {
    kind: 'federation.create',
    name: 'Quartier',
    admins: [OPERATOR.key, HOLDER.key],
    weakCards: false,
  },
  'federation.invite': { kind: 'federation.invite', federation, target: place, untilMs: 4 },
  'federation.leave': { kind: 'federation.leave', place, grant, federation },
  'federation.set': {
    kind: 'federation.set',
    federation,
    name: 'Quartier des quais',
    admins: [OPERATOR.key],
    weakCards: true,
  },
  'grant.issue': {
    kind: 'grant.issue',
    place,
    grant,
    grantee: TILL.key,
    actions: ['sale', 'refund'],
    assets: [asset],
    till: 'bar-1',
    caps: { transaction: units(5000), day: units(90_000), total: units(1), refundDay: units(2) },
    notBeforeMs: 1,
    notAfterMs: 2,
  },
  'grant.revoke': { kind: 'grant.revoke', place, grant, target: deriveId('grt', 'lost') },
  'hold.capture': { kind: 'hold.capture', place, hold, amount: units(650) },
  'hold.open': {
    kind: 'hold.open',
    place,
    grant,
    payer: { card },
    asset,
    cap: units(3000),
    key: TILL.key,
    purpose: 'lease',
    expiresAtMs: 4,
    graceMs: 5,
  },
  'hold.release': { kind: 'hold.release', place, grant, hold },
  'hold.split': { kind: 'hold.split', place, hold, key: TILL.key, cap: units(1000) },
  issue: { kind: 'issue', place, grant, asset, amount: units(2000), to: { card } },
  'mandate.revoke': { kind: 'mandate.revoke', wallet: walletIdOfKey(HOLDER.key), to: place },
  'mandate.set': {
    kind: 'mandate.set',
    wallet: walletIdOfKey(HOLDER.key),
    to: place,
    caps,
    notAfterMs: 3,
  },
  'membership.set': {
    kind: 'membership.set',
    place,
    grant,
    asset,
    to: { card },
    amount: units(3000),
  },
  'parameter.change': {
    kind: 'parameter.change',
    refusedPerHour: 60,
    walletsPerDay: 24,
    forgetPerBlock: 256,
  },
  'payment.cancel': { kind: 'payment.cancel', place, grant },
  'place.leave': { kind: 'place.leave', place, grant },
  'place.register': {
    kind: 'place.register',
    placeKey: PLACE.key,
    name: 'Café Riverside',
    nodes,
    federation: deriveId('fed', 'riverside'),
    accepts: [asset],
    debitOrder: ['gift', 'local', 'external', 'federated'],
    payoutReference: hashOf(new Uint8Array(1)),
  },
  'place.suspend': { kind: 'place.suspend', target: place, suspended: true },
  'place.update': {
    kind: 'place.update',
    place,
    grant,
    name: 'Café des quais',
    nodes,
    accepts: [asset],
    debitOrder: ['local', 'federated'],
    payoutReference: hashOf(new Uint8Array(3)),
  },
  refund: { kind: 'refund', place, grant, sale: OTHER_JTI, amount: units(650) },
  sale: {
    kind: 'sale',
    place,
    grant,
    payers: [{ card }, { wallet: walletIdOfKey(HOLDER.key) }],
    amount: units(650),
    unit: 'EUR',
    scale: 2,
    assets: [asset],
    memo: hashOf(new Uint8Array(2)),
    lines: [
      { line: 'membership', asset: deriveId('ast', 'club'), amount: units(300) },
      { line: 'topup', asset: deriveId('ast', 'gift'), amount: units(120), price: units(100) },
      { line: 'deposit', amount: units(50) },
      { line: 'tip', wallet: walletIdOfKey(TILL.key), amount: units(20) },
    ],
  },
  transfer: {
    kind: 'transfer',
    from: walletIdOfKey(HOLDER.key),
    to: walletIdOfKey(TILL.key),
    asset,
    amount: units(10),
  },
  'wallet.freeze': {
    kind: 'wallet.freeze',
    wallet: walletIdOfKey(HOLDER.key),
    untilMs: 1_800_000_000_000,
  },
  'wallet.open': { kind: 'wallet.open', place, grant, key: HOLDER.key },
  'wallet.rotate': { kind: 'wallet.rotate', wallet: walletIdOfKey(HOLDER.key), key: TILL.key },
}

/** One valid agreement of every kind. */
export const SAMPLE_AGREEMENTS: {
  readonly [K in Agreement['kind']]: Extract<Agreement, { kind: K }>
} = {
  sale: { kind: 'sale', place, unit: 'EUR', scale: 2, max: units(650), tip: units(50) },
  cashout: { kind: 'cashout', place, asset, max: units(150) },
  'hold.open': {
    kind: 'hold.open',
    place,
    asset,
    purpose: 'tab',
    max: units(3000),
    releaseAtMs: 4,
  },
  issue: { kind: 'issue', place, asset, grant, to: { card }, max: units(2000) },
  redeem: { kind: 'redeem', place, asset, max: units(500) },
  'topup.refund': {
    kind: 'topup.refund',
    asset,
    reference: hashOf(new Uint8Array(6)),
    max: units(70),
  },
  'clearing.open': { kind: 'clearing.open', place, terms: hashOf(new Uint8Array(8)) },
  'clearing.settle': { kind: 'clearing.settle', place, terms: hashOf(new Uint8Array(9)) },
  tap: { kind: 'tap', card, counter: 77, place, max: units(650), tip: units(50) },
  'card.link': { kind: 'card.link', card, wallet: walletIdOfKey(TILL.key) },
  'card.replace': { kind: 'card.replace', card, with: deriveId('crd', 'second') },
  'wallet.open': { kind: 'wallet.open', place },
  'wallet.rotate': { kind: 'wallet.rotate', wallet: walletIdOfKey(HOLDER.key) },
  'place.register': {
    kind: 'place.register',
    authority: OPERATOR.key,
    name: 'Café Riverside',
    nodes,
    federation: deriveId('fed', 'riverside'),
    accepts: [asset],
    debitOrder: ['gift', 'local', 'external', 'federated'],
    payoutReference: hashOf(new Uint8Array(1)),
  },
  'authority.change': {
    kind: 'authority.change',
    epoch: 2,
    terms: termsOfChange(SAMPLE_BODIES['authority.change']),
  },
  operators: { kind: 'operators', terms: termsOf(SAMPLE_BODIES['asset.archive']) },
  'asset.create': { kind: 'asset.create', federation, code: 'EUR' },
  'federation.create': { kind: 'federation.create', name: 'Quartier' },
  'federation.set': { kind: 'federation.set', federation },
}
