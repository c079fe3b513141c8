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
import type { DeedFamily } from './swarm.ts'

/** Something that somebody does at the fair, or tries: of every kind, and for every reason refused. */
export type Act = (random: RandomSource, nowMs: number) => readonly OutboxEntry[]

/** What is done at a fair, by what it is about. */
const DEEDS: Readonly<Record<DeedFamily, readonly Deed[]>> = {
  payers: DEEDS_OF_PAYERS,
  places: DEEDS_OF_PLACES,
  redemption: DEEDS_OF_REDEMPTION,
  services: DEEDS_OF_SERVICES,
  holds: DEEDS_OF_HOLDS,
  issuers: DEEDS_OF_ISSUERS,
  authorities: DEEDS_OF_AUTHORITIES,
  cards: DEEDS_OF_CARDS,
  wallets: DEEDS_OF_WALLETS,
}

const ALL_DEEDS: readonly Deed[] = Object.values(DEEDS).flat()

/** Deeds of one family, or of all. */
export const createActs = (fair: Fair, desk: SigningDesk, family?: DeedFamily): Act => {
  const deeds = family === undefined ? ALL_DEEDS : DEEDS[family]
  return (random, nowMs) => {
    const deed = deeds[random.below(deeds.length)]
    return deed === undefined ? [] : deed(sceneOf(fair, { desk, random, nowMs }))
  }
}
