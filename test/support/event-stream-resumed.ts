import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import type { ClaimContext, ClaimOutcome } from '#test/claims/claim.ts'
import { EventFollower, endsBlock, type Followed, followed } from './event-follower.ts'
import { whilePaying } from './event-load.ts'
import { until, venueOf, withFederation } from './federation.ts'
import { compared } from './federation-claim.ts'
import { FederationTill } from './federation-till.ts'

/** Events of one reading: its connection is cut after as many of them, wherever that is. */
const EVENTS_MAX = 12
const WITHIN_MS = 240_000

export type Resumes = { readonly resumes: number; readonly kills: number }

/**
 * Follows a venue's events under load in so many readings, each cut off somewhere and resumed; evenly
 * among them the venue's node is killed. What was read is compared with the stream in one piece, with
 * the chain, and with what the till was told.
 */
export const streamResumed = async (
  { directory, progress }: ClaimContext,
  { resumes, kills }: Resumes,
): Promise<ClaimOutcome> =>
  await withFederation(directory, async (federation) => {
    const venue = venueOf(federation, 0)
    const till = new FederationTill(venue)
    const endMs = performance.now() + WITHIN_MS
    const stream = { apiUrl: venue.apiUrl, apiKey: venue.apiKey, after: '0-0' }
    const follower = new EventFollower(stream)
    const applied = await whilePaying(till, async () => {
      await readInPieces(follower, { federation, endMs, progress, resumes, kills })
    })
    till.close()
    const height = Math.max(...applied.values())
    await follower.read((taken) => endsBlock(taken, height), endMs)
    const whole = await followed(stream, height, endMs)
    const { events } = follower
    const blocks = events.filter(({ event }) => event === 'block')
    const told = appliedIn(events)
    return compared([
      [`${applied.size} payments in ${events.length} events`, applied.size > 0, true],
      ['events, each once', new Set(events.map(({ id }) => id)).size, events.length],
      ['the same as in one piece', sameIn(events, whole.events), true],
      ['blocks without a gap', blocks.every(({ data }, n) => data.height === n + 1), true],
      ['payments told', [...applied.keys()].filter((id) => told.has(id)).length, applied.size],
      [`the node cut it off ${follower.cuts} times`, follower.cuts >= kills, true],
      ['readings refused', follower.refusals, 0],
    ])
  })

const readInPieces = async (
  follower: EventFollower,
  {
    federation,
    endMs,
    progress,
    resumes,
    kills,
  }: Resumes & {
    readonly federation: LocalFederation
    readonly endMs: number
    readonly progress: (text: string) => void
  },
): Promise<void> => {
  const every = Math.floor(resumes / (kills + 1))
  for (let reading = 1; reading <= resumes; reading += 1) {
    progress(`reading ${reading} of ${resumes}`)
    const events = 1 + ((reading * 7) % EVENTS_MAX)
    const read = follower.read((taken) => taken.length >= events, endMs)
    const isKilled = reading % every === 0 && reading / every <= kills
    if (!isKilled) await read
    else await Promise.all([read, killed(federation)])
  }
}

const killed = async (federation: LocalFederation): Promise<void> => {
  const { name } = venueOf(federation, 0)
  await federation.kill(name)
  await federation.restart(name)
  await until('the venue is back', WITHIN_MS, async () => {
    const answer = await fetch(`${venueOf(federation, 0).apiUrl}/readyz`).catch(() => undefined)
    return answer?.ok
  })
}

const appliedIn = (events: readonly Followed[]): ReadonlySet<string | undefined> =>
  new Set(events.filter(({ data }) => data.status === 'applied').map(({ data }) => data.id))

/** As far as both go: the one that was cut may have read on. */
const sameIn = (pieces: readonly Followed[], whole: readonly Followed[]): boolean =>
  whole.length > 0 &&
  whole
    .slice(0, pieces.length)
    .every(({ id, event }, n) => pieces[n]?.id === id && pieces[n]?.event === event)
