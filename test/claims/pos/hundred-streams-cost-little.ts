import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { commandWhenReady } from '#scripts/federation/command.ts'
import type { RunningVenue } from '#scripts/federation/local-federation.ts'
import { latencyOf } from '#scripts/festival/latency.ts'
import type { Claim } from '#test/claims/claim.ts'
import { venueOf, withFederation } from '../../support/federation.ts'
import { FederationTill, type NewCard } from '../../support/federation-till.ts'

const CLIENTS = 100
/** As many streams as one API key may have. */
const PER_KEY = 8
const ROUNDS = 16
const PAYMENTS = 30
const RATIO_MAX = 1.2

const Shown = z.object({ fewest: z.number(), most: z.number() })

export const claim: Claim = {
  area: 'pos',
  name: 'hundred-streams-cost-little',
  bound: `${CLIENTS} clients of the event stream cost a payment less than 20 % of its latency (ratio of medians < ${RATIO_MAX}, rounds with and without in turn), and each is shown every payment`,
  short: false,
  timeoutMs: 300_000,
  run: async ({ directory, progress }) =>
    await withFederation(directory, async (federation) => {
      const venue = venueOf(federation, 0)
      const till = new FederationTill(venue)
      const card = await till.newCard('weak', 10_000)
      const keys = await keysOf(venue)
      const crowd = openCrowd(venue.apiUrl)
      const alone: number[] = []
      const crowded: number[] = []
      let fewest = Number.POSITIVE_INFINITY
      await pay(till, card)
      for (let round = 1; round <= ROUNDS; round += 1) {
        progress(`round ${round} of ${ROUNDS}`)
        alone.push(...(await pay(till, card)))
        await crowd.order(`open ${keys.join(' ')}`)
        crowded.push(...(await pay(till, card)))
        const shown = Shown.parse(JSON.parse(await crowd.order(`close ${PAYMENTS}`)))
        fewest = Math.min(fewest, shown.fewest)
      }
      crowd.end()
      till.close()
      const [aloneMs, crowdedMs] = [latencyOf(alone).p50Ms, latencyOf(crowded).p50Ms]
      const ratio = Math.round((crowdedMs / aloneMs) * 1_000) / 1_000
      return {
        ok: ratio < RATIO_MAX && fewest === PAYMENTS,
        figure: { clients: keys.length, aloneMs, crowdedMs, ratio, fewest },
      }
    }),
}

/** A key for each of the clients. */
const keysOf = async ({ directory, apiKey }: RunningVenue): Promise<readonly string[]> => {
  const keys = [apiKey]
  while (keys.length * PER_KEY < CLIENTS) {
    const label = `screen-${keys.length}`
    const added = await commandWhenReady('till', 'add', '--directory', directory, '--label', label)
    keys.push(String(added['apiKey']))
  }
  return Array.from({ length: CLIENTS }, (_, n) => keys[Math.floor(n / PER_KEY)] ?? apiKey)
}

/** One customer after the other; how long each took. */
const pay = async (till: FederationTill, card: NewCard): Promise<readonly number[]> => {
  const times: number[] = []
  for (let n = 0; n < PAYMENTS; n += 1) {
    const startMs = performance.now()
    const { status } = await till.pay(card.face, 1)
    if (status !== 201) throw new Error(`a payment is answered ${status}`)
    times.push(performance.now() - startMs)
  }
  return times
}

const openCrowd = (apiUrl: string) => {
  const program = join(import.meta.dirname, '../../support/event-crowd.ts')
  const child = spawn(process.execPath, [program, apiUrl], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  return {
    order: async (text: string): Promise<string> => {
      const answered = once(lines, 'line')
      child.stdin.write(`${text}\n`)
      const gone = once(child, 'exit').then(() => {
        throw new Error('the clients have ended')
      })
      const [line] = await Promise.race([answered, gone])
      return String(line)
    },
    end: () => child.stdin.end(),
  }
}
