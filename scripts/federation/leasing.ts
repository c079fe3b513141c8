import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { commandWhenReady } from './command.ts'
import type { Manifest } from './manifest.ts'

const Settings = z.looseObject({})
const Loss = z.looseObject({ payment: z.string() })
const Shown = z.object({ open: z.int(), waiting: z.int(), losses: z.array(Loss) })

/** Most of one card's money that a venue of a test keeps apart, in smallest units. */
export const LEASE_AMOUNT = 3_000

/** Has every venue open leases of so much, in its settings. Before the first start. */
export const prepareLeasing = async (
  directory: string,
  { venues }: Manifest,
  amount: number = LEASE_AMOUNT,
): Promise<void> => {
  for (const { name } of venues) {
    const file = join(directory, name, 'node.yaml')
    const settings = Settings.parse(parse(await readFile(file, 'utf8')))
    const leases = { enabled: true, amount }
    await writeFile(file, stringify({ ...settings, leases }))
  }
}

/** Lets a venue lease its money, so much of a card: the terms of the asset, and the right of its policy. */
export const startLeasing = async (
  { directory, assetId }: { readonly directory: string; readonly assetId: string },
  amount: number = LEASE_AMOUNT,
): Promise<void> => {
  await commandWhenReady(
    ...['asset', 'update', assetId, '--directory', directory],
    ...['--lease-cap', String(amount), '--lease-hours', '6'],
  )
  await commandWhenReady('lease', 'enable', '--directory', directory)
}

/** What a venue can take from leases, and what of it is on its way or came to nothing. */
export const leasesOf = async (directory: string): Promise<z.infer<typeof Shown>> =>
  Shown.parse(await commandWhenReady('lease', 'show', '--directory', directory))
