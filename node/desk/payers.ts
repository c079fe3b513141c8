import type { CardName, PayerName } from '#api/ports/desk.ts'
import { cardIdOfKey } from '#protocol/derive.ts'
import type { WalletId } from '#protocol/id.ts'
import { cardKeyOf } from '#protocol/transaction/card-key.ts'
import type { Payer } from '#protocol/transaction/kinds/terms.ts'
import { signerOfSeed } from '../keys/key-of-seed.ts'
import { cardOf } from './card-names.ts'
import type { OpenDesk } from './desk-parts.ts'
import type { Signer } from './key-ring.ts'

/** Whoever an order names. */
type AnyName = PayerName | CardName | { readonly wallet: WalletId }

/** A payer, and who signs for it: a card that showed its secret. */
export type Named = { readonly payer: Payer; readonly by?: Signer }

/** Undefined when one is named by a tag and the tag key is missing. */
export const namedOf = (
  parts: Pick<OpenDesk, 'tagKey'>,
  names: readonly PayerName[],
): readonly Named[] | undefined => {
  const named = names.flatMap((name) => oneOf(parts, name) ?? [])
  return named.length === names.length ? named : undefined
}

export const oneOf = (parts: Pick<OpenDesk, 'tagKey'>, name: AnyName): Named | undefined => {
  if ('wallet' in name) return { payer: { wallet: name.wallet } }
  if ('secret' in name) {
    const by = signerOfSecret(name.secret)
    return { payer: { card: cardIdOfKey(by.signerKey) }, by }
  }
  const card = cardOf(name, parts.tagKey())
  return card && { payer: { card } }
}

/** The key that grows from a card's secret signs the card's own agreement. */
export const signerOfSecret = (secret: Uint8Array): Signer => {
  const seed = cardKeyOf(secret)
  const signer = signerOfSeed(seed)
  seed.fill(0)
  return signer
}

/** The secrets are zeros as soon as the work has begun: what needs them is signed by then. */
export const forgetting = <T>(
  secrets: readonly Uint8Array[],
  work: () => Promise<T>,
): Promise<T> => {
  try {
    return work()
  } finally {
    for (const secret of secrets) secret.fill(0)
  }
}

export const secretsOf = (names: readonly AnyName[]): readonly Uint8Array[] =>
  names.flatMap((name) => ('secret' in name ? [name.secret] : []))

/** What others signed for a payer. */
export const consentsOf = (payer: PayerName): readonly string[] => {
  if ('consent' in payer) return [payer.consent]
  return payer.tap === undefined ? [] : [payer.tap]
}
