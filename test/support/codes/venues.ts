import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { v7 } from 'uuid'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { GrantId } from '#protocol/id.ts'
import { GRANT_ACTIONS, type GrantAction } from '#protocol/transaction/kinds/grant.ts'
import { command, commandWhenReady } from '#scripts/federation/command.ts'
import { prepareLeasing, startLeasing } from '#scripts/federation/leasing.ts'
import {
  type LocalFederation,
  type RunningVenue,
  startFederation,
} from '#scripts/federation/local-federation.ts'
import type { Manifest } from '#scripts/federation/manifest.ts'
import type { SeenAnswer } from '../contract.ts'
import { until } from '../federation.ts'
import { type OwnSigner, openSigner } from '../federation-signer.ts'
import { FederationTill } from '../federation-till.ts'
import { keepVigil } from '../federation-vigil.ts'
import { newKey, type OwnKey, signedFor, type Target } from '../signing-client.ts'
import { type Asked, type Asker, askerOf, codeIn } from './answers.ts'

/** One authority, whose end leaves two venues without a ledger: the first has leases. */
export type Venues = {
  readonly federation: LocalFederation
  readonly blue: Office
  readonly green: Office
}

/** What one venue's node is asked with. */
export type Office = {
  readonly venue: RunningVenue
  readonly till: FederationTill
  readonly target: Target
  /** An API key of every action, bound by nothing. */
  readonly manager: Asker & { readonly token: string; readonly keyId: string }
  readonly stranger: Asker
  readonly as: (token: string) => Asker
  readonly newApiKey: (
    actions: readonly GrantAction[],
    terms?: object,
  ) => Promise<z.infer<typeof ApiKeyMade>>
  /** A key that somebody else keeps, with a grant of the venue. */
  readonly newGrantee: (actions: readonly GrantAction[], terms?: object) => Promise<Grantee>
  /** Signs a request to this node now; each call of what it gives sends exactly that. */
  readonly signed: (
    by: Grantee | OwnKey,
    asked: SignedAsked,
    change?: SignedChange,
  ) => () => Promise<SeenAnswer>
  readonly signer: OwnSigner
}

export type Grantee = OwnKey & { readonly grant: GrantId }
type SignedAsked = Pick<Asked, 'path'> & { readonly body?: string }
export type SignedChange = NonNullable<Parameters<typeof signedFor>[3]>

const ApiKeyMade = z.object({
  apiKey: z.object({ id: z.string(), grant: GrantId }),
  token: z.string(),
})
const Created = z.object({ created: z.array(GrantId).min(1) })
const Added = z.object({ keyId: z.string(), apiKey: z.string() })
const Settings = z.looseObject({})
const HEARD_WITHIN_MS = 30_000

/** Runs `use` on two venues and one authority in processes of their own, the venues with these settings. */
export const withVenues = async <T>(
  directory: string,
  settings: Readonly<Record<string, unknown>>,
  use: (venues: Venues) => Promise<T>,
): Promise<T> => {
  const federation = keepVigil(
    await startFederation({
      directory,
      ports: 'free',
      authorities: 1,
      log: 'warn',
      prepare: (manifest) => prepareSettings(directory, manifest, settings),
      onLost: (reason) => console.error(reason),
    }),
  )
  const offices: Office[] = []
  try {
    for (const venue of federation.venues()) offices.push(await openOffice(federation, venue))
    const [blue, green] = offices
    if (blue === undefined || green === undefined) throw new Error('there are not two venues')
    await startLeasing(blue.venue)
    await Promise.all(offices.map(hearsSigned))
    return await use({ federation, blue, green })
  } finally {
    for (const { till } of offices) till.close()
    await federation.stop()
  }
}

/** What is signed now counts: a node that has just started may have heard it before. */
const hearsSigned = ({ venue, signed }: Office): Promise<boolean> =>
  until(`${venue.name} hears what is signed`, HEARD_WITHIN_MS, async () => {
    const answer = await signed(newKey(), { path: '/v1/assets' })()
    return codeIn(answer) === 'credential_unknown'
  })

/** Venues open leases, whatever else they are told. */
const prepareSettings = async (
  directory: string,
  manifest: Manifest,
  more: Readonly<Record<string, unknown>>,
): Promise<void> => {
  await prepareLeasing(directory, manifest)
  for (const { name } of manifest.venues) {
    const file = join(directory, name, 'node.yaml')
    const settings = Settings.parse(parse(await readFile(file, 'utf8')))
    await writeFile(file, stringify({ ...settings, ...more }))
  }
}

const openOffice = async (federation: LocalFederation, venue: RunningVenue): Promise<Office> => {
  const { apiUrl: url, directory } = venue
  const added = await commandWhenReady(
    ...['till', 'add', '--directory', directory, '--label', 'office'],
    ...['--action', ...GRANT_ACTIONS],
  )
  const { keyId, apiKey: token } = Added.parse(added)
  const status = await command('status', '--directory', directory)
  const target: Target = { url, node: String(status['peerId']) }
  const as = (shown: string) => askerOf(url, `Bearer ${shown}`)
  const manager = as(token)
  return {
    ...{ venue, target, as },
    till: new FederationTill(venue),
    manager: { ...manager, token, keyId },
    stranger: askerOf(url),
    newApiKey: async (actions, terms = {}) => {
      const till = `till-${v7().slice(-12)}`
      const order = { id: v7(), till, actions, ...terms }
      return ApiKeyMade.parse(await manager.done('/v1/api-keys', order))
    },
    newGrantee: async (actions, terms = {}) => {
      const key = newKey()
      const order = { id: v7(), grantee: key.signerKey, actions, ...terms }
      const [grant] = Created.parse(await manager.done('/v1/grants', order)).created
      if (grant === undefined) throw new Error('no grant')
      return { ...key, grant }
    },
    signed: (by, { path, body }, change = {}) => {
      const method = body === undefined ? 'GET' : 'POST'
      const asked = { method, path, ...(body !== undefined && { body }) } as const
      const { signerKey, sign } = by
      const grant = 'grant' in by ? { grant: by.grant } : {}
      const jws = signedFor(target, { signerKey, sign }, asked, { ...grant, ...change })
      const headers = { 'content-type': 'application/json' }
      const sent = { path, ...(body !== undefined && { body, headers }) }
      return () => askerOf(url, `JWS ${jws}`).ask(sent)
    },
    signer: await openSigner(federation, venue),
  }
}
