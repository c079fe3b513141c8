import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { commandWhenReady } from '../federation/command.ts'
import { CARD_CAP, type FestivalVenue } from './venues.ts'

/** How a till names a card when it is tapped. */
export type CardFace = { readonly tag: string } | { readonly secret: string }
/** An active card, registered by its venue. */
export type FestivalCard = { readonly id: string; readonly face: CardFace }

/** Cards that one command registers and activates together. */
const ROLL_MAX = 99

const Registered = z.object({ cards: z.array(z.string()) })

/** Registers and activates `count` cards of a venue, half `weak`, half `secret`, in rolls. */
export const registerCards = async (
  venue: FestivalVenue,
  { count, directory }: { readonly count: number; readonly directory: string },
): Promise<readonly FestivalCard[]> => {
  const weak = Math.ceil(count / 2)
  const cards: FestivalCard[] = []
  for (const [roll, size] of rollsOf(weak).entries()) {
    cards.push(...(await registerTags(venue, size, join(directory, `${venue.name}-tags-${roll}`))))
  }
  for (const [roll, size] of rollsOf(count - weak).entries()) {
    const file = join(directory, `${venue.name}-secrets-${roll}`)
    cards.push(...(await registerSecrets(venue, size, file)))
  }
  return cards
}

const rollsOf = (count: number): readonly number[] =>
  Array.from({ length: Math.ceil(count / ROLL_MAX) }, (_, index) =>
    Math.min(ROLL_MAX, count - index * ROLL_MAX),
  )

const registerTags = async (
  venue: FestivalVenue,
  size: number,
  file: string,
): Promise<readonly FestivalCard[]> => {
  const tags = Array.from({ length: size }, () => `04${randomBytes(6).toString('hex')}`)
  await writeFile(file, `${tags.join('\n')}\n`)
  const ids = await register(venue, 'festival-weak', ['--tags', file])
  return ids.map((id, index) => ({ id, face: { tag: tags[index] ?? '' } }))
}

const registerSecrets = async (
  venue: FestivalVenue,
  size: number,
  file: string,
): Promise<readonly FestivalCard[]> => {
  const options = ['--secrets', String(size), '--out', file]
  const ids = await register(venue, 'festival-secret', options)
  const secrets = (await readFile(file, 'utf8')).trim().split('\n')
  return ids.map((id, index) => ({ id, face: { secret: secrets[index] ?? '' } }))
}

const register = async (
  { directory }: FestivalVenue,
  batch: string,
  options: readonly string[],
): Promise<readonly string[]> => {
  const cap = String(CARD_CAP)
  const answer = await commandWhenReady(
    ...['card', 'batch', '--directory', directory, '--batch', batch, '--activate'],
    ...['--charge', cap, '--day', cap, ...options],
  )
  return Registered.parse(answer).cards
}
