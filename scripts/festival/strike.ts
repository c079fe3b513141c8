import type { LocalFederation } from '../federation/local-federation.ts'
import { cutOff } from '../links/cut-off.ts'
import type { Links } from '../links/links.ts'

/** `venue`: one venue is parted from all other nodes. `authorities`: more than f of them stand still. */
export type StrikeKind = 'venue' | 'authorities'

/** What takes the ledger from venues, and gives it back. */
export type Strike = {
  /** Names of the venues that are without a ledger meanwhile. */
  readonly venues: readonly string[]
  readonly what: string
  readonly begin: () => void
  readonly end: () => void
}

export const strikeOf = (
  kind: StrikeKind,
  { federation, links }: { readonly federation: LocalFederation; readonly links: Links },
): Strike => (kind === 'venue' ? cutVenue(federation, links) : stopAuthorities(federation))

const cutVenue = (federation: LocalFederation, links: Links): Strike => {
  const [first] = federation.venues()
  if (first === undefined) throw new Error('a festival needs a venue')
  return {
    venues: [first.name],
    what: `${first.name} is cut off`,
    begin: () => cutOff(links, first.name),
    end: () => links.heal(),
  }
}

/** Stopped, not ended: as machines whose host is overloaded. They are back where they were. */
const stopAuthorities = (federation: LocalFederation): Strike => {
  const authorities = federation.authorities()
  const tolerated = Math.floor((authorities.length - 1) / 3)
  const stopped = authorities.slice(0, tolerated + 1)
  const signal = (name: 'SIGSTOP' | 'SIGCONT'): void => {
    for (const { pid } of stopped) process.kill(pid, name)
  }
  return {
    venues: federation.venues().map(({ name }) => name),
    what: `${stopped.map(({ name }) => name).join(' and ')} of ${authorities.length} authorities stand still`,
    begin: () => signal('SIGSTOP'),
    end: () => signal('SIGCONT'),
  }
}
