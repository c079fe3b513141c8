import { existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeDurably } from '#node/keys/durable-file.ts'
import { FederationError } from './federation-error.ts'

/** A venue of a throw-away federation; what is absent has not been made yet. */
const VenueEntry = z.strictObject({
  name: z.string(),
  place: z.string().exactOptional(),
  /** Its own currency. */
  asset: z.string().exactOptional(),
  /** Its first cards are registered. */
  hasCards: z.boolean(),
  /** Kept in the clear, because this federation is worth nothing: so that it can be shown again. */
  apiKey: z.string().exactOptional(),
})
export type VenueEntry = z.infer<typeof VenueEntry>

/** What has been made of a local federation so far, in federation.json of its folder. */
const Manifest = z.strictObject({
  format: z.literal('kermesse-local-federation/1'),
  authorities: z.array(z.strictObject({ name: z.string(), port: z.int() })),
  venues: z.array(VenueEntry),
})
export type Manifest = z.infer<typeof Manifest>

/** The manifest in a folder; undefined where there is none yet. */
export const readManifest = (directory: string): Manifest | undefined => {
  const file = manifestFile(directory)
  if (!existsSync(file)) return undefined
  const parsed = Manifest.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (parsed.success) return parsed.data
  throw new FederationError(`${file} is not of this version; delete ${directory} and start again`)
}

export const writeManifest = async (directory: string, manifest: Manifest): Promise<void> => {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await writeDurably(manifestFile(directory), `${JSON.stringify(manifest, null, 2)}\n`)
}

const manifestFile = (directory: string): string => join(directory, 'federation.json')
