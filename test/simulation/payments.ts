import type { OutboxEntry } from '#node/outbox/outbox.ts'
import { units } from '#protocol/amount.ts'
import { utf8 } from '#protocol/bytes.ts'
import {
  createdAssetId,
  createdGrantId,
  federationIdOf,
  fixedAssetIdOf,
  placeIdOfKey,
  walletIdOfKey,
} from '#protocol/derive.ts'
import { networkIdOf } from '#protocol/genesis.ts'
import { hashOf } from '#protocol/hash.ts'
import { type CardId, deriveId } from '#protocol/id.ts'
import type { Agreement } from '#protocol/transaction/consent.ts'
import { GRANT_ACTIONS } from '#protocol/transaction/kinds/grant.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { signConsent, signTransaction } from '#protocol/transaction/sign.ts'
import { type Circuit, ROOMY_CAPS, ROOMY_LIMITS } from './circuit.ts'
import { createJunk } from './junk.ts'
import type { Keys, Signer } from './keys.ts'
import type { RandomSource } from './random.ts'

/** Cards and persons of the one venue. */
const CARDS = 6
const PERSONS = 4
/** What each card and person begins with. */
const CARD_MONEY = 2_000
const PERSON_MEDALS = 500

/** Everything that people of one venue sign, ready to be submitted. */
export type Payments = {
  /** What must be applied before anybody can pay, in waves: a wave needs the ones before it. */
  readonly opening: (nowMs: number) => readonly (() => readonly OutboxEntry[])[]
  readonly sale: (nowMs: number, order: Order & { readonly id?: PaymentId }) => OutboxEntry
  readonly cancel: (nowMs: number, payment: Pick<OutboxEntry, 'id'>) => OutboxEntry
  readonly transfer: (nowMs: number, order: Order & { readonly to: number }) => OutboxEntry
  /** A text that no block may hold: not signed, of another network, expired, of nobody, or no text. */
  readonly junk: (nowMs: number, random: RandomSource) => string
  readonly cards: number
  readonly persons: number
}

/** Who pays how much; `forMs`: how long the text is worth something. */
export type Order = { readonly from: number; readonly amount: number; readonly forMs: number }

type Signing = {
  readonly nowMs: number
  readonly forMs: number
  readonly scope: string
  readonly id?: PaymentId
  readonly consent?: { readonly by: Signer; readonly agree: Agreement }
}

const OPENING_MS = 60_000

export const createPayments = (circuit: Circuit, keys: Keys): Payments => {
  const { genesis, operator } = circuit
  const networkId = networkIdOf(genesis)
  const owner = keys.signer('venue')
  const till = keys.signer('till')
  const collector = keys.signer('collector')
  const place = placeIdOfKey(owner.key)
  const federation = federationIdOf(genesis)
  const medal = fixedAssetIdOf(genesis, 0)
  const cards: readonly CardId[] = Array.from({ length: CARDS }, (_, index) =>
    deriveId('crd', `card ${index}`),
  )
  const persons = Array.from({ length: PERSONS }, (_, index) => keys.signer(`person ${index}`))
  let ids = 0

  const newId = (nowMs: number): PaymentId => {
    ids += 1
    const time = nowMs.toString(16).padStart(12, '0')
    return PaymentId.parse(
      `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${ids.toString(16).padStart(12, '0')}`,
    )
  }

  const sign = (by: Signer, body: TransactionBody, signing: Signing): OutboxEntry => {
    const { nowMs, forMs, scope, consent } = signing
    const jti = signing.id ?? newId(nowMs)
    const exp = Math.ceil((nowMs + forMs) / 1_000)
    const base = { networkId, exp, jti }
    const consents =
      consent === undefined
        ? []
        : [
            signConsent({
              ...base,
              signerKey: consent.by.key,
              sign: consent.by.sign,
              agree: consent.agree,
            }),
          ]
    const text = signTransaction({ ...base, signerKey: by.key, sign: by.sign, body, consents })
    return {
      hash: hashOf(utf8(text)),
      text,
      id: jti,
      scope,
      kind: body.kind,
      expMs: exp * 1_000,
      sinceMs: nowMs,
    }
  }

  const openingIds = { grant: newId(genesis.startTimeMs), asset: newId(genesis.startTimeMs) }
  const grant = createdGrantId({ scope: place, jti: openingIds.grant, index: 0 })
  const local = createdAssetId({ scope: place, jti: openingIds.asset, index: 0 })

  const register = (nowMs: number): OutboxEntry => {
    const nodes = [keys.peerId('venue')]
    const name = 'Venue'
    const terms = { name, nodes, federation, accepts: [] }
    const agree = { kind: 'place.register', authority: operator.key, ...terms } as const
    return sign(
      operator,
      { kind: 'place.register', placeKey: owner.key, ...terms },
      { nowMs, forMs: OPENING_MS, scope: operator.key, consent: { by: owner, agree } },
    )
  }

  const opening: Payments['opening'] = (nowMs) => {
    const acting = { nowMs, forMs: OPENING_MS, scope: place }
    const openWallet = (person: Signer): OutboxEntry =>
      sign(
        owner,
        { kind: 'wallet.open', place, key: person.key },
        { ...acting, consent: { by: person, agree: { kind: 'wallet.open', place } } },
      )
    const giveMedals = (person: Signer): OutboxEntry =>
      sign(
        collector,
        {
          kind: 'transfer',
          from: walletIdOfKey(collector.key),
          to: walletIdOfKey(person.key),
          asset: medal,
          amount: units(PERSON_MEDALS),
        },
        { ...acting, scope: walletIdOfKey(collector.key) },
      )
    const asset = {
      kind: 'asset.create',
      place,
      code: 'CUPS',
      name: 'Cups',
      category: 'local',
      unit: 'EUR',
      scale: 2,
      transferable: true,
      cardLimits: ROOMY_LIMITS,
    } as const
    return [
      () => [register(nowMs)],
      () => [
        sign(
          owner,
          { kind: 'grant.issue', place, grantee: till.key, actions: [...GRANT_ACTIONS], caps: {} },
          { ...acting, id: openingIds.grant },
        ),
        sign(owner, asset, { ...acting, id: openingIds.asset }),
        sign(
          owner,
          {
            kind: 'card.register',
            place,
            batch: 'roll-1',
            strength: 'weak',
            mandate: { federation, caps: ROOMY_CAPS },
            cards: [...cards],
          },
          acting,
        ),
        ...persons.map(openWallet),
      ],
      () => [
        ...cards.map((card) => sign(owner, { kind: 'card.activate', place, card }, acting)),
        ...persons.map(giveMedals),
      ],
      () =>
        cards.map((card) =>
          sign(
            owner,
            { kind: 'issue', place, asset: local, amount: units(CARD_MONEY), to: { card } },
            acting,
          ),
        ),
    ]
  }

  return {
    cards: CARDS,
    persons: PERSONS,
    opening,
    sale: (nowMs, { from, amount, forMs, id }) => {
      const card = cards[from % CARDS]
      if (card === undefined) throw new Error('no such card')
      return sign(
        till,
        {
          kind: 'sale',
          place,
          grant,
          payers: [{ card }],
          amount: units(amount),
          unit: 'EUR',
          scale: 2,
        },
        { nowMs, forMs, scope: place, ...(id === undefined ? {} : { id }) },
      )
    },
    cancel: (nowMs, { id }) =>
      sign(
        till,
        { kind: 'payment.cancel', place, grant },
        { nowMs, forMs: OPENING_MS, scope: place, id },
      ),
    junk: createJunk(circuit, keys),
    transfer: (nowMs, { from, to, amount, forMs }) => {
      const [payer, payee] = [persons[from % PERSONS], persons[to % PERSONS]]
      if (payer === undefined || payee === undefined) throw new Error('no such person')
      return sign(
        payer,
        {
          kind: 'transfer',
          from: walletIdOfKey(payer.key),
          to: walletIdOfKey(payee.key),
          asset: medal,
          amount: units(amount),
        },
        { nowMs, forMs, scope: walletIdOfKey(payer.key) },
      )
    },
  }
}
