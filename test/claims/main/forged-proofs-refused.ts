import { v7 } from 'uuid'
import { decodeCertificate, encodeCertificate } from '#protocol/chain/certificate.ts'
import { hashOf } from '#protocol/hash.ts'
import { BalanceProof, verifyBalanceProof } from '#protocol/proof/balance-proof.ts'
import type { Trusted } from '#protocol/proof/finality.ts'
import { Receipt, verifyReceipt } from '#protocol/proof/receipt.ts'
import { trustOf } from '#scripts/festival/receipts.ts'
import { verifySignature } from '#signature'
import type { Claim } from '#test/claims/claim.ts'
import { decodeBase64url, encodeBase64url } from '#text-encoding'
import { venueOf, withFederation } from '../../support/federation.ts'
import { compared, type Row } from '../../support/federation-claim.ts'
import { FederationTill } from '../../support/federation-till.ts'

export const claim: Claim = {
  area: 'main',
  name: 'forged-proofs-refused',
  bound:
    'every single flipped byte, a missing signature, another network, a forged balance: each its code',
  short: true,
  run: async ({ directory, progress }) =>
    await withFederation(directory, async (federation) => {
      const till = new FederationTill(venueOf(federation, 0))
      const trusted = trustOf(federation.genesisFile)
      const { receipt, proof } = await realProofs(till)
      till.close()
      progress('forging')
      return compared([
        ['the receipt', judged(receipt, trusted), 'proven'],
        ['the balance proof', judgedBalance(proof, trusted), 'proven'],
        ...flippedRows(receipt, trusted),
        ['a signature missing', judged(withoutSignature(receipt), trusted), 'quorum_missing'],
        ['another transaction', judged(otherTransaction(receipt), trusted), 'transaction_mismatch'],
        ['another outcome', judged(otherOutcome(receipt), trusted), 'transaction_path_invalid'],
        ['another network', judged(receipt, elsewhere(trusted)), 'wrong_network'],
        ['a richer balance', judgedBalance(richer(proof), trusted), 'record_path_invalid'],
        ['another wallet', judgedBalance(otherSlot(proof), trusted), 'record_path_invalid'],
      ])
    }),
}

/** A receipt and a balance proof as the API gives them. */
const realProofs = async (till: FederationTill) => {
  const card = await till.newCard('secret', 2_000)
  const payment = v7()
  await till.pay(card.face, 650, payment)
  const receipt = Receipt.parse((await till.receipt(payment)).body)
  const account = await till.client.get(`/v1/cards/${card.id}`)
  const { wallet, asset } = walletIn(account.body)
  const answer = await till.client.get(`/v1/wallets/${wallet}/proof?asset=${asset}`)
  return { receipt, proof: BalanceProof.parse(answer.body) }
}

const walletIn = (body: unknown): { readonly wallet: string; readonly asset: string } => {
  const text = JSON.stringify(body)
  const wallet = /wal1[a-z0-9]+/.exec(text)?.[0]
  const asset = /ast1[a-z0-9]+/.exec(text)?.[0]
  if (wallet === undefined || asset === undefined) throw new Error(`no wallet in ${text}`)
  return { wallet, asset }
}

const judged = (receipt: unknown, trusted: Trusted): string => {
  const facts = verifyReceipt(receipt, trusted, verifySignature)
  return facts.ok ? 'proven' : facts.code
}

const judgedBalance = (proof: unknown, trusted: Trusted): string => {
  const facts = verifyBalanceProof(proof, trusted, verifySignature)
  return facts.ok ? 'proven' : facts.code
}

/** The receipt's text with one byte changed, at every position. */
const flippedRows = (receipt: Receipt, trusted: Trusted): readonly Row[] => {
  const text = JSON.stringify(receipt)
  return Array.from(text, (character, at): Row => {
    const flipped = String.fromCharCode(character.charCodeAt(0) ^ 1)
    const forged = text.slice(0, at) + flipped + text.slice(at + 1)
    return [`byte ${at} flipped`, judged(jsonOf(forged), trusted) === 'proven', false]
  })
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // What is no JSON is judged like any other thing that is no receipt.
    return undefined
  }
}

const withoutSignature = (receipt: Receipt): Receipt => {
  const bytes = decodeBase64url(receipt.finality.certificate)
  const decoded = bytes && decodeCertificate(bytes)
  if (!decoded?.ok) throw new Error('the certificate does not decode')
  const { value } = decoded
  const fewer = { ...value, signers: value.signers.slice(1), signatures: value.signatures.slice(1) }
  const certificate = encodeBase64url(encodeCertificate(fewer))
  return { ...receipt, finality: { ...receipt.finality, certificate } }
}

const otherTransaction = (receipt: Receipt): Receipt => ({
  ...receipt,
  transaction: `${receipt.transaction ?? ''}A`,
})

const otherOutcome = (receipt: Receipt): Receipt => ({ ...receipt, outcome: 'insufficient_funds' })

const elsewhere = (trusted: Trusted): Trusted => ({
  ...trusted,
  chainId: hashOf(new Uint8Array(32)),
})

const richer = (proof: BalanceProof): BalanceProof => ({
  ...proof,
  record: proof.record.replace('"available":1350', '"available":9350'),
})

const otherSlot = (proof: BalanceProof): BalanceProof => ({ ...proof, slot: proof.slot ^ 1 })
