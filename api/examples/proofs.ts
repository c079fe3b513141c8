import { encodeCertificate } from '#protocol/chain/certificate.ts'
import { encodeHeader, genesisHeader, headerDigest } from '#protocol/chain/header.ts'
import { BALANCE_PROOF_FORMAT, type BalanceProof } from '#protocol/proof/balance-proof.ts'
import type { Finality } from '#protocol/proof/finality.ts'
import { RECEIPT_FORMAT, type Receipt } from '#protocol/proof/receipt.ts'
import { SIGNATURE_BYTES } from '#protocol/signature.ts'
import { encodeBase64url } from '#text-encoding'
import { SAMPLE } from './sample.ts'

/** In the form of a header and its votes; nobody signed them. */
const HEADER = {
  ...genesisHeader({
    chainId: SAMPLE.hash,
    timestampMs: SAMPLE.timeMs,
    transactionRoot: SAMPLE.hash,
    stateRoot: SAMPLE.hash,
    historyRoot: SAMPLE.hash,
    authoritySetHash: SAMPLE.hash,
    version: 1,
  }),
  height: SAMPLE.height,
}

const FINALITY: Finality = {
  header: encodeBase64url(encodeHeader(HEADER)),
  certificate: encodeBase64url(
    encodeCertificate({
      kind: 'finalize',
      epoch: 1,
      view: 4_720,
      parentView: 4_719,
      digest: headerDigest(HEADER),
      signers: [0],
      signatures: [new Uint8Array(SIGNATURE_BYTES)],
    }),
  ),
}

export const RECEIPT: Receipt = {
  format: RECEIPT_FORMAT,
  hash: SAMPLE.hash,
  outcome: 'applied',
  index: 0,
  path: '',
  finality: FINALITY,
}

export const BALANCE_PROOF: BalanceProof = {
  format: BALANCE_PROOF_FORMAT,
  family: 7,
  slot: 0,
  count: 1,
  record: JSON.stringify({ wallet: SAMPLE.wallet, asset: SAMPLE.asset, available: 1_350 }),
  path: '',
  place: 0,
  families: 1,
  familyPath: '',
  finality: FINALITY,
}

export const BLOCK = { header: HEADER, digest: headerDigest(HEADER) }
