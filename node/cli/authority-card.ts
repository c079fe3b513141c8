import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { GenesisAuthority } from '#protocol/genesis.ts'
import { Key } from '#protocol/id.ts'
import { type CommandFailure, failure } from '../control/command.ts'

/** What an authority tells the others so that a genesis can be made: public, in authority.json. */
export const AuthorityCard = GenesisAuthority.extend({
  /** Of the founder alone: the key that may issue the federation's shared currency. */
  gatewayKey: Key.optional(),
})
export type AuthorityCard = z.infer<typeof AuthorityCard>

export const AUTHORITY_CARD_FILE = 'authority.json'
const CARD_LENGTH_MAX = 8_192

/** The card in a file. */
export const readAuthorityCard = (
  file: string,
): { readonly ok: true; readonly card: AuthorityCard } | CommandFailure => {
  try {
    const text = readFileSync(file, 'utf8')
    const value: unknown = text.length > CARD_LENGTH_MAX ? undefined : JSON.parse(text)
    const parsed = AuthorityCard.safeParse(value)
    return parsed.success
      ? { ok: true, card: parsed.data }
      : notACard(file, messageOf(parsed.error))
  } catch (error) {
    return notACard(file, error instanceof Error ? error.message : 'unreadable')
  }
}

const messageOf = ({ issues: [issue] }: z.ZodError): string =>
  issue === undefined ? 'not valid' : `${issue.path.join('.')}: ${issue.message}`

const notACard = (file: string, why: string): CommandFailure =>
  failure(
    'failed',
    'authority_card_invalid',
    `${file} is not what an authority's init writes: ${why}`,
    `name the ${AUTHORITY_CARD_FILE} of each authority's folder`,
  )
