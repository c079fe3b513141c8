import type { BodyOf } from './model-body.ts'
import { retire, type Setting } from './model-books.ts'
import { first } from './model-codes.ts'
import { thresholdCodes } from './model-governance.ts'
import type { Refusal } from './model-places.ts'

/** Nobody freezes a wallet for longer. */
const YEAR_MS = 365 * 86_400_000

export const setMandate = (setting: Setting, tx: BodyOf<'mandate.set'>): Refusal => {
  const { books, scope } = setting
  const isPlace = tx.to.startsWith('plc1')
  const code = first([
    tx.wallet !== scope && 'holder_required',
    isPlace && !books.places.has(tx.to) && 'place_unknown',
    !isPlace && !books.federations.has(tx.to) && 'federation_unknown',
    books.wallets.get(tx.wallet) !== 'person' && 'wallet_kind_not_allowed',
  ])
  if (code !== undefined) return code
  const { caps, notAfterMs } = tx
  books.mandates.set(`${tx.wallet}/${tx.to}`, { caps, notAfterMs })
  return undefined
}

export const revokeMandate = (setting: Setting, tx: BodyOf<'mandate.revoke'>): Refusal => {
  const { books, scope, timeMs } = setting
  const name = `${tx.wallet}/${tx.to}`
  const known = books.mandates.get(name)
  const endMs = known?.notAfterMs
  const code = first([
    tx.wallet !== scope && 'holder_required',
    books.wallets.get(tx.wallet) !== 'person' && 'wallet_kind_not_allowed',
    known === undefined && 'mandate_missing',
    endMs !== undefined && timeMs >= endMs && 'mandate_expired',
  ])
  if (code !== undefined || known === undefined) return code
  books.mandates.set(name, { caps: known.caps, notAfterMs: timeMs })
  return undefined
}

/** Whose key is more than what a card carries. */
const isHeld = ({ books }: Setting, wallet: string): boolean =>
  ['person', 'place'].includes(books.wallets.get(wallet) ?? '')

export const rotateWallet = (setting: Setting, tx: BodyOf<'wallet.rotate'>): Refusal => {
  const { books, scope, signer, consents } = setting
  const own = consents.filter((each) => each.signer === tx.key)
  const agrees = own.some(
    ({ agree }) => agree.kind === 'wallet.rotate' && agree.wallet === tx.wallet,
  )
  const code = first([
    (tx.wallet !== scope || books.keys.get(signer) !== tx.wallet) && 'holder_required',
    own.length === 0 && 'consent_missing',
    own.length > 0 && !agrees && 'consent_mismatch',
    !isHeld(setting, tx.wallet) && 'wallet_kind_not_allowed',
    books.keys.has(tx.key) && 'wallet_key_taken',
  ])
  if (code !== undefined) return code
  retire(books, signer)
  books.keys.set(tx.key, tx.wallet)
  for (const place of books.places.values()) if (place.key === signer) place.key = tx.key
  return undefined
}

export const freezeWallet = (setting: Setting, tx: BodyOf<'wallet.freeze'>): Refusal => {
  const { books, scope, timeMs } = setting
  const { wallet, untilMs, legalHold } = tx
  if (untilMs === undefined) {
    const code = first([...thresholdCodes(setting), !books.wallets.has(wallet) && 'wallet_unknown'])
    if (code !== undefined) return code
    if (legalHold === true) books.legal.add(wallet)
    else books.legal.delete(wallet)
    return undefined
  }
  const code = first([
    wallet !== scope && 'holder_required',
    !isHeld(setting, wallet) && 'wallet_kind_not_allowed',
    untilMs <= Math.max(timeMs, books.frozenMs.get(wallet) ?? 0) && 'freeze_not_longer',
    untilMs > timeMs + YEAR_MS && 'freeze_too_long',
  ])
  if (code === undefined) books.frozenMs.set(wallet, untilMs)
  return code
}
