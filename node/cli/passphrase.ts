import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CommandFailure, failure } from '../control/command.ts'
import { PASSPHRASE } from './answer.ts'
import type { World } from './world.ts'

/** Written by `init --development` beside the keys it protects from nobody. */
export const DEVELOPMENT_PASSPHRASE_FILE = 'development-passphrase'

/** Shortest passphrase for keys that count. */
const PASSPHRASE_LENGTH_MIN = 12
const PASSPHRASE_BYTES_MAX = 1_024

export type Passphrase = { readonly ok: true; readonly passphrase: string } | CommandFailure

/**
 * The passphrase of a node's key store: from a file, the environment, a system credential, the
 * development file of its folder, or the person at the terminal; in this order, never from a flag.
 */
export const findPassphrase = async (world: World, folder: string): Promise<Passphrase> => {
  const given = await givenPassphrase(world)
  if (given !== undefined) return given
  const development = await fileLine(join(folder, DEVELOPMENT_PASSPHRASE_FILE))
  if (development !== undefined) return { ok: true, passphrase: development }
  if (world.askSecret === undefined) return missing
  return { ok: true, passphrase: await world.askSecret('Passphrase: ') }
}

/** The passphrase for a new key store: given like any other, or chosen at the terminal. */
export const choosePassphrase = async (world: World): Promise<Passphrase> => {
  const given = await givenPassphrase(world)
  const chosen = given ?? (await typedTwice(world))
  if (!chosen.ok || chosen.passphrase.length >= PASSPHRASE_LENGTH_MIN) return chosen
  return failure(
    'usage',
    'passphrase_weak',
    `a passphrase has at least ${PASSPHRASE_LENGTH_MIN} characters`,
    'choose a longer one, for instance five words',
  )
}

const givenPassphrase = async ({ environment }: World): Promise<Passphrase | undefined> => {
  const file = environment['KERMESSE_PASSPHRASE_FILE']
  if (file !== undefined) return asPassphrase(await fileLine(file)) ?? unreadable(file)
  const value = environment['KERMESSE_PASSPHRASE']
  if (value !== undefined) return { ok: true, passphrase: value }
  const credentials = environment['CREDENTIALS_DIRECTORY']
  if (credentials === undefined) return undefined
  return asPassphrase(await fileLine(join(credentials, 'kermesse-passphrase')))
}

const typedTwice = async ({ askSecret }: World): Promise<Passphrase> => {
  if (askSecret === undefined) return missing
  const passphrase = await askSecret('Passphrase for the keys of this node: ')
  if (passphrase === (await askSecret('Once more: '))) return { ok: true, passphrase }
  return failure('usage', 'passphrase_differs', 'the two are not the same', 'start again')
}

/** The text of a file without its last line break; undefined when there is none. */
const fileLine = async (file: string): Promise<string | undefined> => {
  try {
    const bytes = await readFile(file)
    return bytes.length > PASSPHRASE_BYTES_MAX ? undefined : bytes.toString('utf8').trimEnd()
  } catch {
    // Absent or unreadable: the caller knows whether that is an error.
    return undefined
  }
}

const asPassphrase = (passphrase: string | undefined): Passphrase | undefined =>
  passphrase === undefined ? undefined : { ok: true, passphrase }

const unreadable = (file: string): CommandFailure =>
  failure('failed', 'passphrase_missing', `there is no passphrase in ${file}`, PASSPHRASE)

const missing = failure('not_ready', 'passphrase_missing', 'no passphrase is given', PASSPHRASE)
