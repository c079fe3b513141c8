import { units } from '#protocol/amount.ts'
import type { WalletId } from '#protocol/id.ts'
import type { CardRegister } from '#protocol/transaction/kinds/card.ts'
import { type Actor, actor } from './actors.ts'
import type { Consenting, World } from './ledger-builders.ts'
import {
  registerBody,
  secretCard,
  type TestCard,
  type TestWallet,
  type Venue,
  weakCard,
} from './venue-builders.ts'

/** A card with a claim code, and who has it. */
export type ClaimedCard = TestCard & { readonly claim: Actor }

/** Sees the taps of dynamic cards. */
export const ATTESTER = actor('attester')

export const claimOf = (name: string): Actor => actor(`${name} claim`)

/** An active secret card of the venue with a claim code. */
export const claimedCard = (
  world: World,
  venue: Venue,
  name: string,
  changes: Partial<CardRegister> = {},
): ClaimedCard => {
  const claim = claimOf(name)
  return { ...secretCard(world, venue, name, { claims: [claim.key], ...changes }), claim }
}

/** An active dynamic card of the venue. */
export const dynamicCard = (
  world: World,
  venue: Venue,
  name: string,
  changes: Partial<CardRegister> = {},
): TestCard =>
  weakCard(world, venue, name, {
    batch: 'dynamic',
    strength: 'dynamic',
    attester: ATTESTER.key,
    ...changes,
  })

/** Registers one blank card of the venue, of the batch of its secret cards unless said otherwise. */
export const blankCard = (
  world: World,
  { owner, place }: Venue,
  id: TestCard['id'],
  changes: Partial<CardRegister> = {},
): void => {
  world.must(owner, registerBody(world, place, { batch: 'secret', cards: [id], ...changes }))
}

/** A tap of a dynamic card at a venue, as its attester saw it. */
export const tap = (
  { place }: Venue,
  { id: card }: Pick<TestCard, 'id'>,
  { counter = 1, max = 1000, tip }: { counter?: number; max?: number; tip?: number } = {},
): Consenting => ({
  by: ATTESTER,
  agree: {
    kind: 'tap',
    card,
    counter,
    place,
    max: units(max),
    ...(tip !== undefined && { tip: units(tip) }),
  },
})

/** The claim code of a card agrees to a link. */
export const linkConsent = ({ id: card, claim }: ClaimedCard, wallet: WalletId): Consenting => ({
  by: claim,
  agree: { kind: 'card.link', card, wallet },
})

export const link = (world: World, card: ClaimedCard, { holder, id: wallet }: TestWallet): void => {
  world.must(
    holder,
    { kind: 'card.link', card: card.id, wallet },
    { consents: [linkConsent(card, wallet)] },
  )
}

/** The claim code of a card agrees that another one takes its place. */
export const replaceConsent = (
  { id: card, claim }: ClaimedCard,
  next: TestCard['id'],
): Consenting => ({ by: claim, agree: { kind: 'card.replace', card, with: next } })
