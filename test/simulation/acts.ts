import type { OutboxEntry } from '#node/outbox/outbox.ts'
import { type Deed, sceneOf } from './act.ts'
import { DEEDS_OF_AUTHORITIES } from './acts-of-authorities.ts'
import { DEEDS_OF_CARDS } from './acts-of-cards.ts'
import { DEEDS_OF_HOLDS } from './acts-of-holds.ts'
import { DEEDS_OF_ISSUERS } from './acts-of-issuers.ts'
import { DEEDS_OF_PAYERS } from './acts-of-payers.ts'
import { DEEDS_OF_PLACES } from './acts-of-places.ts'
import { DEEDS_OF_REDEMPTION } from './acts-of-redemption.ts'
import { DEEDS_OF_SERVICES } from './acts-of-services.ts'
import { DEEDS_OF_WALLETS } from './acts-of-wallets.ts'
import type { Fair } from './fair.ts'
import type { RandomSource } from './random.ts'
import type { SigningDesk } from './signing-desk.ts'

/** Something that somebody does at the fair, or tries: of every kind, and for every reason refused. */
export type Act = (random: RandomSource, nowMs: number) => readonly OutboxEntry[]

const DEEDS: readonly Deed[] = [
  ...DEEDS_OF_PAYERS,
  ...DEEDS_OF_PLACES,
  ...DEEDS_OF_REDEMPTION,
  ...DEEDS_OF_SERVICES,
  ...DEEDS_OF_HOLDS,
  ...DEEDS_OF_ISSUERS,
  ...DEEDS_OF_AUTHORITIES,
  ...DEEDS_OF_CARDS,
  ...DEEDS_OF_WALLETS,
]

export const createActs =
  (fair: Fair, desk: SigningDesk): Act =>
  (random, nowMs) => {
    const deed = DEEDS[random.below(DEEDS.length)]
    return deed === undefined ? [] : deed(sceneOf(fair, { desk, random, nowMs }))
  }
