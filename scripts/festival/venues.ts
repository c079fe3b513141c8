import { join } from 'node:path'
import { z } from 'zod'
import { commandWhenReady } from '../federation/command.ts'
import { startLeasing } from '../federation/leasing.ts'
import type { LocalFederation, RunningVenue } from '../federation/local-federation.ts'
import { ApiClient } from './api-client.ts'

/** A venue of the evening, its money and its tills. */
export type FestivalVenue = {
  readonly name: string
  /** The folder of its node. */
  readonly directory: string
  readonly apiUrl: string
  readonly placeId: string
  /** Money of this evening only, so that all of it is accounted for. */
  readonly assetId: string
  readonly tills: readonly FestivalTill[]
}

export type FestivalTill = { readonly label: string; readonly client: ApiClient }

/** Card limits of festival money, in smallest units: an evening of one card in minutes. */
export const CARD_CAP = 1_000_000

const Asset = z.object({ asset: z.string() })
const Till = z.object({ apiKey: z.string() })

/** Gives every venue its evening's money and its share of the tills, by the ordinary commands. */
export const furnishVenues = async (
  federation: LocalFederation,
  {
    tills,
    leaseAmount,
    ...usage
  }: { readonly tills: number; readonly leaseAmount?: number } & TillUsage,
): Promise<readonly FestivalVenue[]> => {
  const venues = federation.venues()
  return await Promise.all(
    venues.map(async (venue, index) => {
      const count = Math.ceil((tills - index) / venues.length)
      return {
        name: venue.name,
        directory: venue.directory,
        apiUrl: venue.apiUrl,
        placeId: venue.placeId,
        assetId: await createMoney(venue, leaseAmount),
        tills: await addTills(venue, count, usage),
      }
    }),
  )
}

/** Path of the database in a node's folder, as `kermesse init` lays it out. */
export const stateDirectoryOf = (directory: string): string => join(directory, 'data', 'state')

/** `leaseAmount`: what the venue may keep apart of it for times without a link; default: none. */
const createMoney = async (
  { directory }: RunningVenue,
  leaseAmount: number | undefined,
): Promise<string> => {
  const cap = String(CARD_CAP)
  const limits = ['--weak-charge', cap, '--weak-day', cap, '--secret-charge', cap]
  const created = await commandWhenReady(
    ...['asset', 'create', '--directory', directory, '--code', 'FESTIVAL', ...limits],
    ...['--secret-day', cap],
  )
  const { asset: assetId } = Asset.parse(created)
  if (leaseAmount !== undefined) await startLeasing({ directory, assetId }, leaseAmount)
  return assetId
}

type TillUsage = { readonly inFlight: number; readonly patienceMs?: number }

const addTills = async (
  venue: RunningVenue,
  count: number,
  { inFlight, patienceMs }: TillUsage,
): Promise<readonly FestivalTill[]> => {
  const tills: FestivalTill[] = []
  for (let index = 1; index <= count; index += 1) {
    const label = `festival-${index}`
    const added = await commandWhenReady(
      ...['till', 'add', '--directory', venue.directory, '--label', label],
    )
    const { apiKey } = Till.parse(added)
    // A double tap or a cancellation is two requests at once.
    const options = { apiUrl: venue.apiUrl, apiKey, connectionsMax: 2 * inFlight }
    const patience = patienceMs === undefined ? {} : { patienceMs }
    tills.push({ label, client: new ApiClient({ ...options, ...patience }) })
  }
  return tills
}
