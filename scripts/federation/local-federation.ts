import { join, resolve } from 'node:path'
import { ChildNode } from './child-node.ts'
import { warmCompileCache } from './compile-cache.ts'
import { FederationError } from './federation-error.ts'
import { furnishVenue, joinVenue, makeFolders, plan } from './found.ts'
import { type Manifest, readManifest, type VenueEntry, writeManifest } from './manifest.ts'
import { untilOnline } from './online.ts'
import { freePorts, isFree } from './ports.ts'

/** API port of the first venue where ports are the usual ones; the next venue has the next port. */
const FIRST_API_PORT = 4101

export type FederationOptions = {
  /** Keeps everything; a folder with a federation in it goes on with the same ledger. */
  readonly directory: string
  /** `default`: venues answer on 4101, 4102, …; `free`: on any free port. */
  readonly ports: 'default' | 'free'
  readonly authorities?: number
  readonly venues?: number
  readonly log?: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly onProgress?: (line: string) => void
  /** Folders and settings are there, and no node has been started. */
  readonly prepare?: (manifest: Manifest) => Promise<void>
  /** What a node finds in its environment beside the usual. */
  readonly environmentOf?: (name: string) => Readonly<Record<string, string>>
  /** A node ended though nobody asked it to; default: nothing, the others go on. */
  readonly onLost?: (reason: string) => void
}

export type RunningAuthority = {
  readonly name: string
  readonly directory: string
  readonly apiUrl: string | undefined
  readonly pid: number
}

export type RunningVenue = {
  readonly name: string
  readonly directory: string
  readonly apiUrl: string
  readonly apiKey: string
  readonly placeId: string
  /** Its own currency. */
  readonly assetId: string
  readonly pid: number
}

/** A federation of real processes on this machine. They end when this process does. */
export type LocalFederation = {
  readonly directory: string
  readonly genesisFile: string
  readonly authorities: () => readonly RunningAuthority[]
  readonly venues: () => readonly RunningVenue[]
  /** SIGKILL; resolves once the process is gone. */
  readonly kill: (name: string) => Promise<void>
  /**
   * Starts a node again that was killed, or stops it first; resolves when it is ready. `signal` kills it
   * while it starts, which rejects with a `FederationError`.
   */
  readonly restart: (name: string, signal?: AbortSignal) => Promise<void>
  /** Resolves with why once a node has ended by itself, which from now on is nothing to tell of. */
  readonly ended: (name: string) => Promise<string>
  readonly stop: () => Promise<void>
}

/**
 * Starts a local federation: makes it on the first start, goes on with it on later ones. Throws a
 * `FederationError` after stopping whatever it had started.
 */
export const startFederation = async (options: FederationOptions): Promise<LocalFederation> => {
  const directory = resolve(options.directory)
  const running = new RunningNodes(directory, options)
  try {
    return await bringUp(directory, options, running)
  } catch (error) {
    await running.stop()
    throw error
  }
}

const bringUp = async (
  directory: string,
  options: FederationOptions,
  running: RunningNodes,
): Promise<LocalFederation> => {
  const tell = options.onProgress ?? (() => undefined)
  const { authorities = 4, venues = 2 } = options
  let manifest = readManifest(directory) ?? (await plan({ authorities, venues }))
  await requirePorts(options, manifest)
  await writeManifest(directory, manifest)
  tell(`Keys and genesis in ${directory}`)
  await Promise.all([makeFolders(directory, manifest), warmCompileCache()])
  await options.prepare?.(manifest)
  await Promise.all(manifest.authorities.map(({ name }) => running.start(name)))
  tell(`${manifest.authorities.length} authorities are up`)
  const [inviting] = manifest.authorities
  if (inviting === undefined) throw new FederationError('a federation needs an authority')
  await Promise.all(
    manifest.venues.map((venue, index) => joinVenue(directory, inviting.name, venue, index)),
  )
  const apiPorts = await apiPortsOf(options, manifest)
  await Promise.all(manifest.venues.map(({ name }, index) => running.start(name, apiPorts[index])))
  tell(`${manifest.venues.length} venues have joined and are up`)
  const save = async (changed: VenueEntry): Promise<void> => {
    const entries = manifest.venues.map((each) => (each.name === changed.name ? changed : each))
    manifest = { ...manifest, venues: entries }
    await writeManifestInTurn(directory, () => manifest)
  }
  const furnished = await Promise.all(
    manifest.venues.map((venue, index) => furnishVenue(directory, { venue, index }, save)),
  )
  tell('Each venue has a currency, cards and a till')
  await Promise.all(furnished.map(({ name }) => untilOnline(name, running.get(name).apiUrl)))
  return federationOf(directory, running, { authorities: manifest.authorities, venues: furnished })
}

/** Two venues save at the same time; each write holds what both have done so far. */
let turn: Promise<unknown> = Promise.resolve()
const writeManifestInTurn = (directory: string, manifest: () => Manifest): Promise<void> => {
  const written = turn.then(() => writeManifest(directory, manifest()))
  turn = written.catch(() => undefined)
  return written
}

const federationOf = (
  directory: string,
  running: RunningNodes,
  { authorities, venues }: Pick<Manifest, 'authorities' | 'venues'>,
): LocalFederation => ({
  directory,
  genesisFile: join(directory, 'genesis.json'),
  authorities: () =>
    authorities.map(({ name }) => {
      const { apiUrl, pid } = running.get(name)
      return { name, directory: join(directory, name), apiUrl, pid }
    }),
  venues: () => venues.map((venue) => runningVenue(directory, venue, running.get(venue.name))),
  kill: (name) => running.get(name).kill(),
  restart: (name, signal) => running.restart(name, signal),
  ended: (name) => running.get(name).ended(),
  stop: () => running.stop(),
})

const runningVenue = (
  directory: string,
  { name, apiKey, place, asset }: VenueEntry,
  { apiUrl, pid }: ChildNode,
): RunningVenue => {
  if (apiKey === undefined || place === undefined || asset === undefined || apiUrl === undefined) {
    throw new FederationError(`${name} is not complete; delete ${directory} and start again`)
  }
  const placed = { placeId: place, assetId: asset, directory: join(directory, name) }
  return { name, ...placed, apiUrl, apiKey, pid }
}

/** The processes by name. */
class RunningNodes {
  readonly #directory: string
  readonly #options: FederationOptions
  readonly #nodes = new Map<string, ChildNode>()
  readonly #apiPorts = new Map<string, number>()
  readonly #starting = new Set<Promise<ChildNode>>()
  #isStopped = false

  constructor(directory: string, options: FederationOptions) {
    this.#directory = directory
    this.#options = options
  }

  get(name: string): ChildNode {
    const node = this.#nodes.get(name)
    if (node === undefined) throw new FederationError(`no node is called ${name}`)
    return node
  }

  async start(name: string, apiPort = 0, signal?: AbortSignal): Promise<void> {
    if (this.#isStopped) throw new FederationError('the federation is being stopped')
    this.#apiPorts.set(name, apiPort)
    const { log = 'info', onLost = () => undefined, environmentOf } = this.#options
    const directory = join(this.#directory, name)
    const environment = environmentOf?.(name) ?? {}
    const options = { name, directory, apiPort, log, environment, onLost }
    const starting = ChildNode.start(options, signal)
    this.#starting.add(starting)
    try {
      this.#nodes.set(name, await starting)
    } finally {
      this.#starting.delete(starting)
    }
  }

  /** Where it was reached it is reached again, if that port is still free. */
  async restart(name: string, signal?: AbortSignal): Promise<void> {
    const { apiUrl } = this.get(name)
    await this.get(name).stop()
    const port = apiUrl === undefined ? 0 : Number(new URL(apiUrl).port)
    const isAgain = port !== 0 && (await isFree(port))
    await this.start(name, isAgain ? port : (this.#apiPorts.get(name) ?? 0), signal)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.allSettled(this.#starting)
    await Promise.all([...this.#nodes.values()].map((node) => node.stop()))
  }
}

/**
 * Where venues answer. Free ports are such as no outgoing connection takes: a till that calls a venue
 * again and again while it starts anew must find it where it was.
 */
const apiPortsOf = async (
  { ports }: FederationOptions,
  { venues }: Manifest,
): Promise<readonly number[]> =>
  ports === 'free' ? await freePorts(venues.length) : defaultApiPorts(venues.length)

const defaultApiPorts = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => FIRST_API_PORT + index)

/** Said before anything starts: another federation, or another program, is there. */
const requirePorts = async (options: FederationOptions, manifest: Manifest): Promise<void> => {
  const wanted = [
    ...manifest.authorities.map(({ port }) => port),
    ...(options.ports === 'free' ? [] : defaultApiPorts(manifest.venues.length)),
  ]
  for (const port of wanted) {
    if (await isFree(port)) continue
    throw new FederationError(
      `Port ${port} is taken: perhaps a local federation runs already. ` +
        'Stop it, or start this one with --free-ports and another --directory.',
    )
  }
}
