import { bytesToHex } from '@noble/hashes/utils.js'
import { utf8 } from '#protocol/bytes.ts'
import { createAuthoritySet } from '#protocol/chain/authority-set.ts'
import type { Header } from '#protocol/chain/header.ts'
import { networkIdOf, parseGenesis } from '#protocol/genesis.ts'
import { hashOf, hashOfHex } from '#protocol/hash.ts'
import { idBytes, type Key, parseId } from '#protocol/id.ts'
import { verifyBalanceProof } from '#protocol/proof/balance-proof.ts'
import type { Trusted } from '#protocol/proof/finality.ts'
import { trustedOf } from '#protocol/proof/genesis-trust.ts'
import { verifyReceipt } from '#protocol/proof/receipt.ts'
import { verifySignature } from '#signature'
import { decodeBase64urlText } from '#text-encoding'
import { isObject, objectIn } from './json.ts'

/** A proof that holds. */
export type ProvenReceipt = {
  readonly proven: true
  /** The payment id, of a receipt that carries its transaction. */
  readonly id: string | undefined
  /** SHA-256 of the signed transaction. */
  readonly hash: string
  /** `applied`, or the code that it was refused with. */
  readonly outcome: string
  /** What was signed: kind and terms, of a receipt that carries its transaction. */
  readonly transaction: { readonly [member: string]: unknown } | undefined
  readonly height: number
  readonly index: number
  /** RFC 3339, UTC. */
  readonly time: string
}
export type ProvenBalance = {
  readonly proven: true
  readonly wallet: string
  readonly asset: string
  readonly available: number
  readonly held: number
  readonly height: number
  readonly time: string
}
/** A proof that proves nothing, and the first check that it fails: `protocol/README.md` §7. */
export type Unproven = { readonly proven: false; readonly code: string }

/** Judges proofs by a genesis alone. Asks nobody. */
export type Verifier = {
  /** The network that is trusted, `net1…`. */
  readonly network: string
  readonly receipt: (receipt: unknown) => ProvenReceipt | Unproven
  readonly balance: (proof: unknown) => ProvenBalance | Unproven
}

/**
 * A verifier that trusts this genesis, a JSON text. `network`: refuse another one. Throws a
 * `RangeError` when the text is no genesis, or of another network.
 */
export const openVerifier = (genesis: string, network?: string): Verifier => {
  const parsed = parseGenesis(genesis)
  if (!parsed.ok) {
    throw new RangeError(`not a genesis: ${parsed.errors.map(({ detail }) => detail).join('; ')}`)
  }
  const own = networkIdOf(parsed.genesis)
  if (network !== undefined && own !== network) throw new RangeError(`the genesis of ${own}`)
  return verifierOf(own, trustedOf(parsed.genesis))
}

/** Whom a verifier trusts from an epoch on: as `GET /v1/authorities` lists them, once checked. */
export type TrustedAuthorities = {
  readonly network: string
  readonly epoch: number
  readonly members: readonly {
    readonly consensusKey: string
    readonly operatorKey: string
    readonly peerId: string
  }[]
}

/** A verifier that trusts these authorities. Throws a `RangeError` when they are none. */
export const openVerifierAt = (pinned: TrustedAuthorities): Verifier => {
  const network = parseId('net', pinned.network)
  if (network === undefined) throw new RangeError('not a network')
  const built = createAuthoritySet(
    pinned.members.map(({ consensusKey, operatorKey, peerId }) => ({
      consensusKey: keyIn(consensusKey),
      operatorKey: keyIn(operatorKey),
      peerId,
    })),
  )
  if (!built.ok) throw new RangeError(`no set of authorities: ${built.code}`)
  const chainId = hashOfHex(bytesToHex(idBytes(network)))
  return verifierOf(network, { chainId, epoch: pinned.epoch, authoritySet: built.set })
}

const keyIn = (text: string): Key => {
  const key = parseId('key', text)
  if (key === undefined) throw new RangeError('not a key')
  return key
}

const verifierOf = (network: string, trusted: Trusted): Verifier => ({
  network,
  receipt: (receipt) => {
    const facts = verifyReceipt(receipt, trusted, verifySignature)
    if (!facts.ok) return { proven: false, code: facts.code }
    const { hash, outcome, index, header, transaction } = facts
    const signed = transaction === undefined ? undefined : payloadIn(transaction)
    const id = signed?.['jti']
    const tx = signed?.['tx']
    return {
      proven: true,
      id: typeof id === 'string' ? id : undefined,
      ...{ hash, outcome, index, height: header.height, time: timeOf(header) },
      transaction: isObject(tx) ? tx : undefined,
    }
  },
  balance: (proof) => {
    const facts = verifyBalanceProof(proof, trusted, verifySignature)
    if (!facts.ok) return { proven: false, code: facts.code }
    const { balance, header } = facts
    const { wallet, asset, available, held } = balance
    const { height } = header
    return { proven: true, wallet, asset, available, held, height, time: timeOf(header) }
  },
})

const timeOf = ({ timestampMs }: Header): string => new Date(timestampMs).toISOString()

/** The hash by which receipts name a signed transaction. */
export const transactionHash = (text: string): string => hashOf(utf8(text))

const payloadIn = (transaction: string) =>
  objectIn(decodeBase64urlText(transaction.split('.', 2)[1] ?? '') ?? '')
