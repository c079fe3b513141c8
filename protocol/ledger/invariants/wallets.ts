import type { KeyRecord, WalletRecord } from '../../state/record.ts'
import type { Touched } from '../touched.ts'
import type { View } from '../view.ts'
import { type Finding, finding } from './finding.ts'

/**
 * That no wallet goes away or becomes one of another kind, whose rules its money did not come under;
 * and that its keys and what is known of them say the same, so that no key has a power that its wallet
 * does not show.
 */
export const checkWallets = (view: View, { key, wallet }: Touched): Finding | undefined => {
  for (const { key: id, before, after } of wallet) {
    const broken =
      checkKind(id, before, after) ??
      (after && checkKeysOf(view, after)) ??
      checkFormerKeys(view, before)
    if (broken !== undefined) return broken
  }
  for (const { before, after } of key) {
    const broken = (after && checkKey(view, after)) ?? checkFormerWallet(view, before)
    if (broken !== undefined) return broken
  }
  return undefined
}

/** Every key of a wallet is known as one of it. */
export const checkKeysOf = (view: View, { id, keys }: WalletRecord): Finding | undefined => {
  for (const key of keys) {
    const found = view.get('key', key)?.wallet
    if (found === id) continue
    return finding('wallet_of_its_keys', key, { expected: id, found: found ?? 'none' })
  }
  return undefined
}

/** A key that is known as one of a wallet is listed there. */
export const checkKey = (view: View, { key, wallet }: KeyRecord): Finding | undefined => {
  if (wallet === undefined || view.get('wallet', wallet)?.keys.includes(key) === true) {
    return undefined
  }
  return finding('key_of_its_wallet', key, { expected: wallet, found: 'not listed there' })
}

function checkKind(
  id: string,
  before: WalletRecord | undefined,
  after: WalletRecord | undefined,
): Finding | undefined {
  if (before === undefined || after?.kind === before.kind) return undefined
  return finding('wallet_kind', id, { expected: before.kind, found: after?.kind ?? 'none' })
}

/** What a wallet lost, its keys have to have lost as well. */
function checkFormerKeys(view: View, before: WalletRecord | undefined): Finding | undefined {
  for (const key of before?.keys ?? []) {
    const known = view.get('key', key)
    const broken = known && checkKey(view, known)
    if (broken !== undefined) return broken
  }
  return undefined
}

/** And what a key lost, its wallet. */
function checkFormerWallet(view: View, before: KeyRecord | undefined): Finding | undefined {
  const wallet = before?.wallet && view.get('wallet', before.wallet)
  return wallet === undefined ? undefined : checkKeysOf(view, wallet)
}
