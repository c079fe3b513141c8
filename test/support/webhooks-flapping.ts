import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import type { ClaimContext, ClaimOutcome } from '#test/claims/claim.ts'
import { type Followed, followed } from './event-follower.ts'
import { whilePaying } from './event-load.ts'
import { until, venueOf, withFederation } from './federation.ts'
import { compared } from './federation-claim.ts'
import { FederationTill } from './federation-till.ts'
import { type Manner, openFlappingReceiver } from './flapping-receiver.ts'

const WITHIN_MS = 180_000
const BETWEEN_MS = 1_500
const MANNERS: readonly Manner[] = ['take', 'overloaded', 'take', 'reset', 'take', 'hang', 'take']

const Made = z.object({ webhook: z.object({ id: z.string(), cursor: z.string() }) })
const State = z.object({ state: z.string(), deadLetters: z.number() })

/**
 * Has a venue's events delivered under load to a receiver that goes through all manners so many times,
 * the node killed once in each. What arrived is compared with the event stream.
 */
export const webhooksFlapping = async (
  { directory, progress }: ClaimContext,
  kills: number,
): Promise<ClaimOutcome> =>
  await withFederation(directory, async (federation) => {
    const venue = venueOf(federation, 0)
    const till = new FederationTill(venue)
    const receiver = await openFlappingReceiver()
    const answer = await till.client.post('/v1/webhooks', { url: receiver.url })
    const { webhook } = Made.parse(answer.body)
    const applied = await whilePaying(till, async () => {
      for (let round = 1; round <= kills; round += 1) {
        progress(`kill ${round} of ${kills}`)
        await disturb(federation, receiver)
      }
    })
    const height = Math.max(...applied.values())
    const stream = { apiUrl: venue.apiUrl, apiKey: venue.apiKey, after: webhook.cursor }
    const told = await followed(stream, height, performance.now() + WITHIN_MS)
    const wanted = transactionsIn(told.events)
    const taken = () => receiver.arrivals.filter(({ isTaken }) => isTaken).map(({ id }) => id)
    progress('waiting for the last')
    await until('the last event arrives', WITHIN_MS, () => taken().includes(wanted.at(-1) ?? ''))
    const { body } = await till.client.get(`/v1/webhooks/${webhook.id}`)
    const { state, deadLetters } = State.parse(body)
    till.close()
    receiver.close()
    const repeated = taken().length - new Set(taken()).size
    return compared([
      [`${wanted.length} events, ${receiver.arrivals.length} arrivals`, wanted.length > 0, true],
      ['taken in order, none left out', firstsOf(taken()).join(), wanted.join()],
      ['each attempt is of the event before or of the next', neverBack(receiver, wanted), true],
      [`${repeated} repetitions, at most one a kill`, repeated <= kills, true],
      ['payments are among them', applied.size <= wanted.length, true],
      ['state', state, 'enabled'],
      ['dead letters', deadLetters, 0],
    ])
  })

type Receiver = Awaited<ReturnType<typeof openFlappingReceiver>>

/** The receiver goes through all its manners; in the midst of it the node is killed. */
const disturb = async (federation: LocalFederation, receiver: Receiver): Promise<void> => {
  const { name } = venueOf(federation, 0)
  for (const [step, manner] of MANNERS.entries()) {
    receiver.behave(manner)
    await sleep(BETWEEN_MS)
    if (step !== 4) continue
    await federation.kill(name)
    await federation.restart(name)
  }
}

const transactionsIn = (events: readonly Followed[]): readonly string[] =>
  events.filter(({ event }) => event === 'transaction').map(({ id }) => `evt_${id}`)

const firstsOf = (ids: readonly string[]): readonly string[] => [...new Set(ids)]

/** Nothing comes before what is before it was taken, nor again after what is after it. */
const neverBack = ({ arrivals }: Receiver, wanted: readonly string[]): boolean => {
  const places = new Map(wanted.map((id, place) => [id, place]))
  const order = arrivals.map(({ id }) => places.get(id) ?? -1)
  return order.every(
    (place, n) => place - (order[n - 1] ?? -1) <= 1 && place >= (order[n - 1] ?? 0),
  )
}
