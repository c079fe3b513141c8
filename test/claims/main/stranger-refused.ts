import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import type { Claim } from '#test/claims/claim.ts'
import { nodesOf, until, venueOf, withFederation } from '../../support/federation.ts'
import { compared, type Row } from '../../support/federation-claim.ts'
import {
  addressesOf,
  joinVenue,
  namesOf,
  openBarePeer,
  statusOf,
  strangerSeed,
} from '../../support/federation-peer.ts'
import { FederationTill, saidBy } from '../../support/federation-till.ts'

const TRIES = 3
const SEEN_WITHIN_MS = 10_000

export const claim: Claim = {
  area: 'main',
  name: 'stranger-refused',
  bound:
    'each node turns each knock of a stranger away before any stream; the same knock of a venue gets in',
  short: true,
  run: async ({ directory, progress }) =>
    await withFederation(directory, async (federation) => {
      const rows: Row[] = []
      progress('a venue joins')
      const member = await joinVenue(federation, 'member')
      for (const { name } of nodesOf(federation)) {
        progress(name)
        rows.push(...(await strangerAt(federation, name)))
        rows.push(...(await memberAt(federation, name, member)))
      }
      const till = new FederationTill(venueOf(federation, 0))
      const card = await till.newCard('weak', 500)
      rows.push(['a payment afterwards', saidBy(await till.pay(card.face, 100)), 'applied'])
      till.close()
      return compared(rows)
    }),
}

/** Nobody knows this identity: the node counts each knock as a stranger's, and opens nothing. */
const strangerAt = async (federation: LocalFederation, name: string): Promise<readonly Row[]> => {
  const before = await statusOf(federation, name)
  const rows: Row[] = []
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const knocked = await knock(federation, strangerSeed(), before.listen)
    rows.push([`a stranger reached ${name}`, knocked.reached, true])
    rows.push([`streams of a stranger at ${name}`, knocked.streams, 0])
    const strangers = before.turnedAway.strangers + tries
    const refused = until(`${name} counts a stranger`, SEEN_WITHIN_MS, async () => {
      const { turnedAway } = await statusOf(federation, name)
      return turnedAway.strangers >= strangers ? turnedAway.strangers : undefined
    })
    rows.push([`strangers turned away by ${name}`, await refused, strangers])
    const { links } = await statusOf(federation, name)
    const isLinked = links.some(({ peer }) => peer === knocked.peer)
    rows.push([`a stranger is linked with ${name}`, isLinked, false])
  }
  return rows
}

/** The control: the same code under a registered identity gets its streams, and is no stranger. */
const memberAt = async (
  federation: LocalFederation,
  name: string,
  seed: Uint8Array,
): Promise<readonly Row[]> => {
  const before = await statusOf(federation, name)
  const { streams } = await knock(federation, seed, before.listen)
  const after = await statusOf(federation, name)
  return [
    [`streams of a venue at ${name}`, streams, 2],
    [`strangers after a venue at ${name}`, after.turnedAway.strangers, before.turnedAway.strangers],
  ]
}

/** Whether the node's own key answered the handshake, and how many of the link's streams opened. */
const knock = async (
  federation: LocalFederation,
  seed: Uint8Array,
  listen: readonly string[],
): Promise<{ readonly peer: string; readonly reached: boolean; readonly streams: number }> => {
  const { link, bulk } = namesOf(federation)
  const host = await openBarePeer(seed)
  try {
    const connection = await host.dial(addressesOf(listen))
    let streams = 0
    for (const protocol of [link, bulk]) {
      const stream = await connection.newStream(protocol).catch(refused)
      if (stream !== undefined) streams += 1
    }
    const reached = listen.some((each) => each.endsWith(`${connection.remotePeer}`))
    return { peer: `${host.peerId}`, reached, streams }
  } finally {
    await host.stop()
  }
}

/** A refusal is what a stranger gets, wherever in the opening of a stream it comes. */
const refused = () => undefined
