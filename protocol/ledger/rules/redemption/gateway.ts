import type { AssetId, Key } from '../../../id.ts'
import type { AssetRecord, WalletRecord } from '../../../state/record.ts'
import { type Refusal, refuse } from '../../rule.ts'
import type { View } from '../../view.ts'

/** The asset, if the signer is its gateway. */
export const assetOfGateway = (view: View, asset: AssetId, signer: Key): AssetRecord | Refusal => {
  const record = view.get('asset', asset)
  if (record === undefined) return refuse('asset_unknown')
  return record.gateway === signer ? record : refuse('gateway_required')
}

/** The wallet that a gateway's key has since genesis, or since its asset came into being. */
export const walletOfGateway = (view: View, gateway: Key): WalletRecord => {
  const id = view.get('key', gateway)?.wallet
  const wallet = id && view.get('wallet', id)
  if (wallet === undefined) throw new Error(`a gateway without a wallet: ${gateway}`)
  return wallet
}
