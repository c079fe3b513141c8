import { hostname, networkInterfaces } from 'node:os'
import type { NodeConfig } from '#config/node-config.ts'
import { CERTIFICATE_NAMES_MAX } from './limits.ts'

type Api = NodeConfig['api']

const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

/** What this machine is called by whoever reaches its API: as the settings say, else all that it knows. */
export const namesOf = ({ host, names }: Api): readonly string[] => {
  if (names.length > 0) return names
  const own = WILDCARDS.has(host) ? [...addressesHere(), hostname()] : [host]
  const all = new Set([...own, 'localhost', '127.0.0.1', '::1'])
  return [...all].slice(0, CERTIFICATE_NAMES_MAX)
}

/** Where tills reach the API. */
export const urlOf = (
  api: Api,
  { port, isTls }: { readonly port: number; readonly isTls: boolean },
): string => {
  const [first] = namesOf(api)
  const name = first ?? api.host
  return `${isTls ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${port}`
}

/** Addresses that others can reach, IPv4 before IPv6, without those of one link alone. */
const addressesHere = (): readonly string[] =>
  Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ internal, address }) => !internal && !address.startsWith('fe80:'))
    .toSorted((a, b) => a.family.localeCompare(b.family))
    .map(({ address }) => address)
