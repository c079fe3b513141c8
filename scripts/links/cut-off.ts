import { type LinkState, WHOLE } from './link-proxy.ts'
import type { Links } from './links.ts'

/** Bytes are held and nothing is told: as a cable that somebody stepped on. */
const SILENT: LinkState = { toTarget: { tag: 'held' }, toDialler: { tag: 'held' }, refused: false }

/** Parts one node from all others. */
export const cutOff = (links: Links, name: string): void =>
  links.harm((from, to) => (from === name || to === name ? SILENT : WHOLE))
