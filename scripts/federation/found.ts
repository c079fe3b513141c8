import { existsSync } from 'node:fs'
import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { command, commandWhenReady } from './command.ts'
import type { Manifest, VenueEntry } from './manifest.ts'
import { freePorts } from './ports.ts'

/** Public names of the venues of a local federation, and their own currencies. */
const VENUES = [
  { name: 'Blue Bar', code: 'BLUEBAR' },
  { name: 'Green Hall', code: 'GREENHALL' },
] as const

const FIRST_CARDS = 10

/** What a new federation will be made of: nothing is made yet. */
export const plan = async (sizes: {
  readonly authorities: number
  readonly venues: number
}): Promise<Manifest> => {
  const ports = await freePorts(sizes.authorities)
  return {
    format: 'kermesse-local-federation/1',
    authorities: ports.map((port, index) => ({ name: `authority-${index + 1}`, port })),
    venues: Array.from({ length: sizes.venues }, (_, index) => ({
      name: `venue-${index + 1}`,
      hasCards: false,
    })),
  }
}

/** Folders with throw-away keys, and one genesis in those of the authorities. */
export const makeFolders = async (directory: string, manifest: Manifest): Promise<void> => {
  const { authorities, venues } = manifest
  await Promise.all([
    ...authorities.map(({ name, port }, index) =>
      initialise(join(directory, name), [
        ...['--role', 'authority', '--name', name, '--port', String(port)],
        ...(index === 0 ? ['--founder'] : []),
      ]),
    ),
    ...venues.map(({ name }) =>
      initialise(join(directory, name), ['--role', 'venue', '--port', '0']),
    ),
  ])
  const genesis = join(directory, 'genesis.json')
  if (!existsSync(genesis)) await createGenesis(directory, manifest, genesis)
  for (const { name } of authorities) await copyFile(genesis, join(directory, name, 'genesis.json'))
}

/** A folder without settings was broken off half-way and belongs to no genesis. */
const initialise = async (folder: string, options: readonly string[]): Promise<void> => {
  if (existsSync(join(folder, 'node.yaml'))) return
  await rm(folder, { recursive: true, force: true })
  await command('init', '--directory', folder, '--development', ...options)
}

const createGenesis = async (
  directory: string,
  { authorities }: Manifest,
  file: string,
): Promise<void> => {
  const cards = authorities.map(({ name }) => join(directory, name, 'authority.json'))
  await command(
    ...['genesis', 'create', '--name', 'Local federation', '--federation', 'Local federation'],
    ...['--authority', ...cards, '--out', file],
  )
}

/** Authority 1 invites the venue, and the venue joins. */
export const joinVenue = async (
  directory: string,
  authority: string,
  { name }: VenueEntry,
  index: number,
): Promise<void> => {
  const folder = join(directory, name)
  if (existsSync(join(folder, 'genesis.json'))) return
  const invited = await commandWhenReady(
    ...['place', 'invite', '--directory', join(directory, authority), '--hours', '1'],
  )
  await commandWhenReady(
    ...['place', 'join', String(invited['invitation']), '--directory', folder],
    ...['--name', VENUES[index]?.name ?? `Venue ${index + 1}`],
  )
}

/** What a venue still lacks: its own currency, a batch of cards, one till. Saved step by step. */
export const furnishVenue = async (
  directory: string,
  { venue, index }: { readonly venue: VenueEntry; readonly index: number },
  save: (venue: VenueEntry) => Promise<void>,
): Promise<VenueEntry> => {
  const folder = join(directory, venue.name)
  let entry = venue
  const saved = async (change: Partial<VenueEntry>): Promise<void> => {
    entry = { ...entry, ...change }
    await save(entry)
  }
  if (entry.asset === undefined) await saved({ asset: await ownAsset(folder, index) })
  if (!entry.hasCards) {
    await registerCards(folder)
    await saved({ hasCards: true })
  }
  if (entry.apiKey === undefined) await saved(await firstTill(folder))
  return entry
}

/** The currency of an earlier, broken-off start, or a new one. */
const ownAsset = async (folder: string, index: number): Promise<string> => {
  const { assets } = await commandWhenReady('place', 'show', '--directory', folder)
  if (Array.isArray(assets) && typeof assets[0] === 'string') return assets[0]
  const code = VENUES[index]?.code ?? `VENUE${index + 1}`
  const name = `${VENUES[index]?.name ?? `Venue ${index + 1}`} money`
  const created = await commandWhenReady(
    ...['asset', 'create', '--directory', folder, '--code', code, '--name', name],
  )
  return String(created['asset'])
}

const registerCards = async (folder: string): Promise<void> => {
  const file = join(folder, 'cards.txt')
  // Of a start that was broken off: secrets that may not be on the ledger.
  await rm(file, { force: true })
  await commandWhenReady(
    ...['card', 'batch', '--directory', folder, '--secrets', String(FIRST_CARDS)],
    ...['--batch', 'first-secret', '--federation', '--out', file],
  )
}

const firstTill = async (folder: string): Promise<{ readonly place: string; apiKey: string }> => {
  const { apiKeys } = await commandWhenReady('till', 'list', '--directory', folder)
  // A till whose token was never saved is of no use to anybody: the next one gets another label.
  const label = `bar-${Array.isArray(apiKeys) ? apiKeys.length + 1 : 1}`
  const added = await commandWhenReady('till', 'add', '--directory', folder, '--label', label)
  return { place: String(added['place']), apiKey: String(added['apiKey']) }
}
