import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import type { Manifest } from '../federation/manifest.ts'
import { freePorts } from '../federation/ports.ts'
import { type LinkCounters, LinkProxy, type LinkState, WHOLE } from './link-proxy.ts'
import { type TcpEnd, tcpEndsOf } from './sockets.ts'

type Link = { readonly from: string; readonly to: string; readonly port: number; proxy: LinkProxy }

/** A running node and the port at which tills reach it. */
export type NodeProcess = { readonly name: string; readonly pid: number; readonly apiPort: number }

const AuthorityCard = z.object({ peerId: z.string() })
const Settings = z.looseObject({ network: z.looseObject({}) })
/** A socket that one end has and the other does not know of yet. */
const SETTLE_MS = 200
const LOOKS = 5

/** Every way between two nodes of a federation, each through a proxy of its own. */
export class Links {
  readonly #links: readonly Link[]
  readonly #listenPorts: ReadonlyMap<string, number>

  private constructor(links: readonly Link[], listenPorts: ReadonlyMap<string, number>) {
    this.#links = links
    this.#listenPorts = listenPorts
  }

  /** Tells every node, in its settings, to dial the authorities at the proxies. Before the first start. */
  static async lay(directory: string, { authorities, venues }: Manifest): Promise<Links> {
    const names = [...authorities, ...venues].map(({ name }) => name)
    const pairs = names.flatMap((from) =>
      authorities.filter(({ name }) => name !== from).map((to) => ({ from, to })),
    )
    const ports = await freePorts(pairs.length)
    const links = await Promise.all(
      pairs.map(async ({ from, to }, index): Promise<Link> => {
        const port = ports[index] ?? 0
        const proxy = await LinkProxy.open({ listen: port, target: to.port })
        return { from, to: to.name, port, proxy }
      }),
    )
    const peerIds = new Map(
      await Promise.all(
        authorities.map(async ({ name }) => [name, await peerIdOf(directory, name)] as const),
      ),
    )
    for (const name of names) {
      const dialled = links.filter(({ from }) => from === name)
      const addresses = dialled.map(
        ({ port, to }) => `/ip4/127.0.0.1/tcp/${port}/p2p/${peerIds.get(to)}`,
      )
      await setAuthorities(join(directory, name, 'node.yaml'), addresses)
    }
    return new Links(links, new Map(authorities.map(({ name, port }) => [name, port])))
  }

  /** Brings every way between two nodes into a state. */
  harm(stateOf: (from: string, to: string) => LinkState): void {
    for (const { from, to, proxy } of this.#links) proxy.state = stateOf(from, to)
  }

  heal(): void {
    for (const { proxy } of this.#links) proxy.state = WHOLE
  }

  counters(): LinkCounters {
    const all = this.#links.map(({ proxy }) => proxy.counters)
    return {
      heldBytes: all.reduce((sum, { heldBytes }) => sum + heldBytes, 0),
      refusals: all.reduce((sum, { refusals }) => sum + refusals, 0),
    }
  }

  /** Connections of these nodes that go around the proxies: where there is one, no cut is a cut. */
  async bypasses(nodes: readonly NodeProcess[]): Promise<readonly string[]> {
    let seen = this.#strangeIn(nodes)
    // A connection that just came or went looks strange for a moment.
    for (let looks = 1; looks < LOOKS && seen.length > 0; looks += 1) {
      await pause(SETTLE_MS)
      const again = new Set(this.#strangeIn(nodes))
      seen = seen.filter((each) => again.has(each))
    }
    return seen
  }

  close(): void {
    for (const { proxy } of this.#links) proxy.close()
  }

  #strangeIn(nodes: readonly NodeProcess[]): readonly string[] {
    const dialled = new Set(this.#links.map(({ port }) => port))
    return nodes.flatMap(({ name, pid, apiPort }) => {
      const own = this.#listenPorts.get(name)
      const proxied = new Set(
        this.#links.filter(({ to }) => to === name).flatMap(({ proxy }) => proxy.targetSidePorts),
      )
      const isKnown = ({ localPort, remotePort }: TcpEnd): boolean =>
        localPort === apiPort ||
        dialled.has(remotePort) ||
        (localPort === own && proxied.has(remotePort))
      return tcpEndsOf(pid)
        .filter((end) => !isKnown(end))
        .map(({ localPort, remotePort }) => `${name}: ${localPort} to ${remotePort}`)
    })
  }
}

const peerIdOf = async (directory: string, name: string): Promise<string> => {
  const text = await readFile(join(directory, name, 'authority.json'), 'utf8')
  return AuthorityCard.parse(JSON.parse(text)).peerId
}

const setAuthorities = async (file: string, authorities: readonly string[]): Promise<void> => {
  const settings = Settings.parse(parse(await readFile(file, 'utf8')))
  await writeFile(
    file,
    stringify({ ...settings, network: { ...settings.network, authorities: [...authorities] } }),
  )
}
