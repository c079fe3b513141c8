import { units } from '#protocol/amount.ts'
import { fixedAssetIdOf, walletIdOfKey } from '#protocol/derive.ts'
import { networkIdOf } from '#protocol/genesis.ts'
import { deriveId } from '#protocol/id.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { signTransaction } from '#protocol/transaction/sign.ts'
import type { Circuit } from './circuit.ts'
import type { Keys } from './keys.ts'
import type { RandomSource } from './random.ts'

/** Texts that no block may hold: of nobody, with a false signature, of another network, late, cut. */
export const createJunk = (
  { genesis }: Circuit,
  keys: Keys,
): ((nowMs: number, random: RandomSource) => string) => {
  const stranger = keys.signer('stranger')
  const collector = keys.signer('collector')
  const networkId = networkIdOf(genesis)
  const foreignId = deriveId('net', 'another network')
  const body = {
    kind: 'transfer',
    from: walletIdOfKey(collector.key),
    to: walletIdOfKey(stranger.key),
    asset: fixedAssetIdOf(genesis, 0),
    amount: units(1),
  } as const
  return (nowMs, random) => {
    const way = random.below(5)
    const forMs = way === 0 ? -9_000 : random.pick([1_000, 20_000])
    const text = signTransaction({
      networkId: way === 1 ? foreignId : networkId,
      exp: Math.ceil((nowMs + forMs) / 1_000),
      jti: newId(nowMs, random),
      signerKey: stranger.key,
      sign: stranger.sign,
      body,
      consents: [],
    })
    if (way === 2) return `${text.slice(0, -6)}AAAAAA`
    return way === 3 ? text.slice(random.below(text.length)) : text
  }
}

const newId = (nowMs: number, random: RandomSource): PaymentId => {
  const time = nowMs.toString(16).padStart(12, '0')
  const tail = random.below(0xffff_ffff).toString(16).padStart(12, 'f')
  return PaymentId.parse(`${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${tail}`)
}
