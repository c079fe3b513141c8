import type { FamilyName, Records } from '../state/families.ts'
import type { State } from '../state/state.ts'
import type { TouchedRecord } from '../state/touched-records.ts'
import type { Draft } from './view.ts'

/** The records that a block changed, as they were before it and as it left them. */
export type Touched = { readonly [F in FamilyName]: readonly TouchedRecord<Records[F]>[] }

/**
 * Of each mandate that a block set, the widest daily cap it had meanwhile: a holder may widen it, be
 * charged and narrow it again in one block. What was rolled back stays here too.
 */
export type WidestMandates = ReadonlyMap<string, number>

/** A state in work that remembers how wide its mandates were. */
export type WideningDraft = { readonly draft: Draft; readonly widest: WidestMandates }

export const widening = (state: State<Records>): WideningDraft => {
  const widest = new Map<string, number>()
  return {
    widest,
    draft: {
      get: state.get,
      put: (family, key, record) => {
        state.put(family, key, record)
        if (family === 'mandate') widen(widest, key, state.get('mandate', key))
      },
      remove: state.remove,
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

function widen(
  widest: Map<string, number>,
  key: string,
  mandate: Records['mandate'] | undefined,
): void {
  widest.set(key, Math.max(widest.get(key) ?? 0, mandate?.caps.day ?? 0))
}
