import type { Agreement } from '../transaction/consent.ts'
import type { RefusalCode } from '../transaction/outcome.ts'

/** Who signs a transaction of a kind. */
type SignerRole = 'place' | 'holder' | 'operator' | 'admin' | 'gateway' | 'hold'

/** What `kermesse ledger kinds` tells of a kind. */
export type KindFacts = {
  /** `place`: the place's key or the grantee of a grant with the action of that name. `hold`: the hold's key. */
  readonly signers: readonly SignerRole[]
  /** Consents that a transaction of this kind may need. */
  readonly consents: readonly Agreement['kind'][]
  /** What state can refuse it with, in the order of judgement. */
  readonly codes: readonly RefusalCode[]
}

/** Of every right that a place hands out. `grant_unknown` is judged by kinds that name a grant. */
export const RIGHTS = [
  'place_not_active',
  'grant_revoked',
  'grant_not_yet_valid',
  'grant_expired',
  'grant_action_missing',
] as const satisfies RefusalCode[]
