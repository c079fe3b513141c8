import type { FederationId, WalletId } from '../id.ts'
import type { FamilyName, Records } from '../state/families.ts'
import type { State } from '../state/state.ts'
import type { TouchedRecord } from '../state/touched-records.ts'
import type { Draft } from './view.ts'

/** The records that a block changed, as they were before it and as it left them. */
export type Touched = { readonly [F in FamilyName]: readonly TouchedRecord<Records[F]>[] }

/**
 * The widest that what a block put or removed has been, from before it on: whoever bounds something may widen it,
 * let it be used and narrow it again in one block. What was rolled back stays here too.
 */
export type Widest = {
  /** Daily caps: of a mandate by its key, of an asset by `asset/strength` and `asset/issued`. */
  readonly caps: ReadonlyMap<string, number>
  /** Every federation that a place was in. */
  readonly federations: ReadonlyMap<string, ReadonlySet<FederationId>>
  /** Every wallet that a card reached, by the id its charges are counted under. */
  readonly wallets: ReadonlyMap<string, ReadonlySet<WalletId>>
}

/** A state in work that remembers how wide its bounds were. */
export type WideningDraft = { readonly draft: Draft; readonly widest: Widest }

export const widening = (state: State<Records>): WideningDraft => {
  const caps = new Map<string, number>()
  const federations = new Map<string, Set<FederationId>>()
  const wallets = new Map<string, Set<WalletId>>()
  const see = (family: FamilyName, key: string): void => {
    if (family === 'mandate') widen(caps, key, state.get('mandate', key)?.caps.day)
    if (family === 'asset') widenAsset(caps, state.get('asset', key))
    if (family === 'card') reach(wallets, state.get('card', key))
    if (family === 'place') widenPlace(federations, state.get('place', key))
  }
  return {
    widest: { caps, federations, wallets },
    draft: {
      get: state.get,
      put: (family, key, record) => {
        see(family, key)
        state.put(family, key, record)
        see(family, key)
      },
      remove: (family, key) => {
        see(family, key)
        state.remove(family, key)
      },
      mark: state.mark,
      rollback: state.rollback,
    },
  }
}

/** What the block in work changed until now. */
export const touchedIn = ({ touched }: State<Records>): Touched => ({
  network: touched('network'),
  asset: touched('asset'),
  federation: touched('federation'),
  place: touched('place'),
  grant: touched('grant'),
  wallet: touched('wallet'),
  key: touched('key'),
  balance: touched('balance'),
  card: touched('card'),
  batch: touched('batch'),
  mandate: touched('mandate'),
  sale: touched('sale'),
  payment: touched('payment'),
  reference: touched('reference'),
  counter: touched('counter'),
  code: touched('code'),
  authorities: touched('authorities'),
  epoch: touched('epoch'),
  hold: touched('hold'),
  membership: touched('membership'),
  presence: touched('presence'),
  topup: touched('topup'),
  deficit: touched('deficit'),
  clearing: touched('clearing'),
  correction: touched('correction'),
  invitation: touched('invitation'),
  clock: touched('clock'),
})

/** The records that a block changed by key, as they were before it; undefined: there was none. */
export type RecordsBefore = {
  readonly [F in FamilyName]: ReadonlyMap<string, Records[F] | undefined>
}

export const recordsBefore = (touched: Touched): RecordsBefore => ({
  network: byKey(touched.network),
  asset: byKey(touched.asset),
  federation: byKey(touched.federation),
  place: byKey(touched.place),
  grant: byKey(touched.grant),
  wallet: byKey(touched.wallet),
  key: byKey(touched.key),
  balance: byKey(touched.balance),
  card: byKey(touched.card),
  batch: byKey(touched.batch),
  mandate: byKey(touched.mandate),
  sale: byKey(touched.sale),
  payment: byKey(touched.payment),
  reference: byKey(touched.reference),
  counter: byKey(touched.counter),
  code: byKey(touched.code),
  authorities: byKey(touched.authorities),
  epoch: byKey(touched.epoch),
  hold: byKey(touched.hold),
  membership: byKey(touched.membership),
  presence: byKey(touched.presence),
  topup: byKey(touched.topup),
  deficit: byKey(touched.deficit),
  clearing: byKey(touched.clearing),
  correction: byKey(touched.correction),
  invitation: byKey(touched.invitation),
  clock: byKey(touched.clock),
})

/** The records of one family before a block, by key. */
export function byKey<R>(touched: readonly TouchedRecord<R>[]): Map<string, R | undefined> {
  const records = new Map<string, R | undefined>()
  for (const { key, before } of touched) records.set(key, before)
  return records
}

function widen(caps: Map<string, number>, key: string, day = 0): void {
  caps.set(key, Math.max(caps.get(key) ?? 0, day))
}

function widenAsset(caps: Map<string, number>, asset: Records['asset'] | undefined): void {
  if (asset === undefined) return
  const { weak, secret, dynamic = secret } = asset.cardLimits
  for (const [strength, { day }] of Object.entries({ weak, secret, dynamic })) {
    widen(caps, `${asset.id}/${strength}`, day)
  }
  widen(caps, `${asset.id}/issued`, asset.issueLimits?.day)
}

function widenPlace(
  federations: Map<string, Set<FederationId>>,
  place: Records['place'] | undefined,
): void {
  if (place === undefined) return
  const known = federations.get(place.id) ?? new Set()
  for (const federation of place.federations) known.add(federation)
  federations.set(place.id, known)
}

function reach(wallets: Map<string, Set<WalletId>>, card: Records['card'] | undefined): void {
  if (card?.wallet === undefined) return
  const counted = card.countedAs ?? card.id
  const known = wallets.get(counted) ?? new Set()
  wallets.set(counted, known.add(card.wallet))
}
