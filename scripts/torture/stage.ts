import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { LocalFederation } from '../federation/local-federation.ts'
import type { Manifest } from '../federation/manifest.ts'
import { Links } from '../links/links.ts'
import type { Blow } from './blow.ts'
import type { Cast } from './cast.ts'
import { NodeClock } from './clock.ts'
import { Disk } from './disks.ts'
import type { Machine } from './machine.ts'
import type { Tally } from './tally.ts'

/** A federation that can be harmed, and where it is written down what came of it. */
export type Stage = {
  readonly federation: LocalFederation
  readonly cast: Cast
  readonly props: Props
  readonly tally: Tally
}

/** What blows are dealt with. */
export type Props = {
  readonly links: Links
  readonly disks: ReadonlyMap<string, Disk>
  readonly clocks: ReadonlyMap<string, NodeClock>
}

/** How a blow of each kind is dealt and healed. */
export type Strike<T extends Blow['tag']> = (
  stage: Stage,
  blow: Extract<Blow, { readonly tag: T }>,
) => Promise<void>

/** One authority and one venue have a disk of their own; the others stay on the machine's. */
export const castOf = (manifest: Manifest, { mounts, faketime, limits }: Machine): Cast => {
  const authorities = manifest.authorities.map(({ name }) => name)
  const venues = manifest.venues.map(({ name }) => name)
  return {
    authorities,
    venues,
    disks: mounts === true ? [...authorities.slice(-1), ...venues.slice(-1)] : [],
    writers: limits === true ? [...authorities, ...venues] : [],
    clocks: faketime === undefined ? [] : authorities.slice(0, 1),
  }
}

/** Lays links, mounts disks and sets up clocks, before the first node of a federation starts. */
export const setUp = async (
  directory: string,
  manifest: Manifest,
  machine: Machine,
): Promise<Props> => {
  const { disks, clocks } = castOf(manifest, machine)
  const mounted = new Map<string, Disk>()
  for (const name of disks) mounted.set(name, await Disk.mount(join(directory, name, 'data')))
  const set = new Map<string, NodeClock>()
  const { faketime = '' } = machine
  await mkdir(join(directory, 'clocks'), { recursive: true })
  for (const name of clocks) set.set(name, new NodeClock(join(directory, 'clocks', name), faketime))
  return { links: await Links.lay(directory, manifest), disks: mounted, clocks: set }
}

/** After the federation has stopped. */
export const takeDown = async ({ links, disks }: Props): Promise<void> => {
  links.close()
  for (const disk of disks.values()) await disk.unmount()
}
