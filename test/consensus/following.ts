import { createFollower } from '#consensus/follower.ts'
import type { FollowerEffect, FollowerEvent } from '#consensus/follower-event.ts'
import { utf8 } from '#protocol/bytes.ts'
import type { Certificate, Finalization } from '#protocol/chain/certificate.ts'
import type { Header } from '#protocol/chain/header.ts'
import { genesisHeader, headerDigest } from '#protocol/chain/header.ts'
import { type Hash, hashOf, ZERO_HASH } from '#protocol/hash.ts'
import { createForge } from './crafted.ts'
import { setOf, standInVerify } from './stand-in-keys.ts'

export const set = setOf(4)
export const chainId = hashOf(utf8('a chain'))
export const forge = createForge({ set, chainId })
export const genesis = genesisHeader({
  chainId,
  timestampMs: 1_000,
  transactionRoot: ZERO_HASH,
  stateRoot: ZERO_HASH,
  historyRoot: ZERO_HASH,
  authoritySetHash: set.hash,
  version: 1,
})
export type Link = { readonly header: Header; readonly digest: Hash }

/** A chain of headers, one a view. */
export const chainOf = (length: number, salt = 'main'): readonly Link[] => {
  const links: Link[] = []
  let parent: Link = { header: genesis, digest: headerDigest(genesis) }
  for (let height = 1; height <= length; height++) {
    const header: Header = {
      ...genesis,
      view: height,
      height,
      parentDigest: parent.digest,
      timestampMs: 1_000 + height,
      stateRoot: hashOf(utf8(`${salt} ${height}`)),
    }
    parent = { header, digest: headerDigest(header) }
    links.push(parent)
  }
  return links
}

export const finalOf = (
  { header, digest }: Link,
  signers: readonly number[] = [0, 1, 2],
): Finalization => {
  const { view } = header
  const made: Certificate = forge.certificate(
    { kind: 'finalize', epoch: 1, view, parentView: view - 1, digest },
    signers,
  )
  if (made.kind !== 'finalize') throw new Error('not a finalization')
  return { ...made, kind: 'finalize' }
}

export const finalVote = ({ header, digest }: Link, signer: number): FollowerEvent => ({
  type: 'vote',
  source: 'somebody',
  vote: forge.vote(signer, {
    kind: 'finalize',
    epoch: 1,
    view: header.view,
    parentView: header.view - 1,
    digest,
  }),
})

/** A follower whose driver executes every block well and at once, unless told otherwise. */
export const following = (verdict: 'ok' | 'diverged' = 'ok') => {
  const follower = createFollower({
    chainId,
    epoch: 1,
    set,
    past: [],
    deltaMs: 100,
    verify: standInVerify,
    finalised: { header: genesis, digest: headerDigest(genesis), certificate: null },
  })
  const all: FollowerEffect[] = []
  let nowMs = 0
  const feed = (event: FollowerEvent): void => {
    for (const effect of follower.step(event, { wallMs: nowMs, monotonicMs: nowMs })) {
      all.push(effect)
      if (effect.type !== 'verify') continue
      const { epoch, view, digest } = effect
      const place = { type: 'verified', epoch, view, digest } as const
      feed(verdict === 'ok' ? { ...place, ok: true } : { ...place, ok: false, reason: verdict })
    }
  }
  const finals = (): readonly Hash[] =>
    all.flatMap((effect) => (effect.type === 'finalise' ? effect.digests : []))
  const wait = (ms: number): void => {
    nowMs += ms
  }
  return { follower, all, feed, finals, wait, now: () => ({ wallMs: nowMs, monotonicMs: nowMs }) }
}

export const blockEvent = (link: Link): FollowerEvent => ({
  type: 'block',
  source: 'somebody',
  ...link,
})
export const certificateEvent = (certificate: Certificate): FollowerEvent => ({
  type: 'certificate',
  source: 'somebody',
  certificate,
})
