import { u32, utf8 } from '#protocol/bytes.ts'
import { type AuthoritySet, createAuthoritySet } from '#protocol/chain/authority-set.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import { type Header, headerDigest } from '#protocol/chain/header.ts'
import { ballotBytes } from '#protocol/chain/vote.ts'
import { type Hash, hashBytes, hashOf } from '#protocol/hash.ts'
import { encodeId } from '#protocol/id.ts'
import type { CertifiedDescendant, Trusted } from '#protocol/proof/finality.ts'
import { rootOfHistoryPath } from '#protocol/state/history-path.ts'
import { publicKeyOf, sign, verifySignature } from '#signature'

export { verifySignature }

export const hashNamed = (name: string): Hash => hashOf(utf8(name))

/** `count` nodes that only this seed gives. */
export const nodesNamed = (name: string, count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, index) => hashBytes(hashNamed(`${name} ${index}`)))

type Members = { readonly set: AuthoritySet; readonly seeds: readonly Uint8Array[] }

/** Seven authorities and their consensus seeds, in the order of the set. */
export const authorities = (name = 'authority', size = 7): Members => {
  const seeds = Array.from({ length: size }, (_, index) => hashBytes(hashNamed(`${name}${index}`)))
  const built = createAuthoritySet(
    seeds.map((seed, index) => ({
      consensusKey: encodeId('key', publicKeyOf(seed)),
      operatorKey: encodeId('key', publicKeyOf(hashBytes(hashNamed(`operator${name}${index}`)))),
      peerId: `12D3KooW${name}${index}`,
    })),
  )
  if (!built.ok) throw new Error(built.code)
  const seedOf = new Map(seeds.map((seed) => [String(publicKeyOf(seed)), seed]))
  return { set: built.set, seeds: built.set.keys.flatMap((key) => seedOf.get(String(key)) ?? []) }
}

export const SEVEN = authorities()
export const CHAIN_ID = hashNamed('genesis')
export const TRUSTED: Trusted = { chainId: CHAIN_ID, epoch: 1, authoritySet: SEVEN.set }

export const headerWith = (fields: Partial<Header>): Header => ({
  chainId: CHAIN_ID,
  epoch: 1,
  view: 1_200_345,
  height: 1_000_003,
  parentDigest: hashNamed('parent'),
  timestampMs: 1_700_000_000_000,
  proposerIndex: 3,
  transactionCount: 1,
  transactionRoot: hashNamed('transactions'),
  stateRoot: hashNamed('state'),
  historyRoot: hashNamed('history'),
  authoritySetHash: SEVEN.set.hash,
  nextSetHash: SEVEN.set.hash,
  version: 1,
  flags: 0,
  ...fields,
})

/** The finalization of a header by these members, the first five of seven unless told. */
export const finalizationOf = (
  header: Header,
  fields: Partial<Finalization> = {},
  members: Members = SEVEN,
): Finalization => {
  const ballot = {
    kind: 'finalize' as const,
    epoch: header.epoch,
    view: header.view,
    parentView: header.view - 1,
    digest: headerDigest(header),
  }
  const signers = fields.signers ?? [0, 1, 2, 3, 4]
  const domain = { chainId: hashBytes(header.chainId), set: members.set }
  const signed = { ...ballot, ...fields }
  const message = ballotBytes(signed, domain)
  const signatures = signers.map((signer) => sign(message, members.seeds[signer] ?? u32(0)))
  return { ...signed, signers, signatures }
}

/** A descendant some blocks later whose history leads to `header` over twenty siblings. */
export const descendantOf = (header: Header, fields: Partial<Header> = {}): CertifiedDescendant => {
  // Among 2^20 + 2^19 ancestors the leaf climbs a mountain of height 20 and meets one more.
  const count = 2 ** 20 + 2 ** 19
  const path = {
    height: header.height,
    count,
    digest: headerDigest(header),
    path: nodesNamed('ancestor', 21),
  }
  const historyRoot = rootOfHistoryPath(path)
  if (historyRoot === undefined) throw new Error('no such path')
  return { header: headerWith({ height: count, view: count, historyRoot, ...fields }), path }
}

/** A proof as it arrives: through JSON. */
export const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
