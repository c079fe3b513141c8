import type { CardDesk } from '#api/ports/card-desk.ts'
import type { Submissions } from '#api/ports/submissions.ts'
import type { CardId } from '#protocol/id.ts'
import type { BodyOf } from '#protocol/transaction/kinds/transaction-body.ts'
import { parseTransaction } from '#protocol/transaction/parse.ts'
import { claimKeyOf } from '#protocol/transaction/tag.ts'
import { signerOfSeed } from '../keys/key-of-seed.ts'
import { createCardChange, namedCard, onNamedCard } from './card-change.ts'
import {
  actingIn,
  always,
  type OpenDesk,
  ORDER_MISMATCH,
  TAGS_NOT_SUPPORTED,
} from './desk-parts.ts'
import type { OwnConsent } from './own-transaction.ts'

/** What becomes of a card that was lost, given back, or taken over by its holder. */
export const createCardEndings = (
  parts: OpenDesk & { readonly submissions: Pick<Submissions, 'submit'> },
): Pick<CardDesk, 'unblockCard' | 'voidCard' | 'replaceCard' | 'linkCard'> => {
  const change = createCardChange(parts)
  return {
    unblockCard: (order, errand) =>
      onNamedCard(parts, order, (card) =>
        change(
          {
            card,
            id: order.id,
            ...always({ kind: 'card.unblock', ...actingIn(errand.caller), card }),
            isDone: ({ state }) => state === 'blank' || state === 'active' || state === 'linked',
          },
          errand,
        ),
      ),
    voidCard: (order, errand) =>
      onNamedCard(parts, order, (card) =>
        change(
          {
            card,
            id: order.id,
            ...always({ kind: 'card.void', ...actingIn(errand.caller), card }),
            isDone: ({ state }) => state === 'void',
          },
          errand,
        ),
      ),
    replaceCard: async (order, errand) => {
      const next = namedCard(parts, order.with)
      const card = namedCard(parts, order.card)
      if (next === undefined || card === undefined) {
        order.claim?.fill(0)
        return TAGS_NOT_SUPPORTED
      }
      const body: BodyOf<'card.replace'> = {
        ...{ kind: 'card.replace', ...actingIn(errand.caller) },
        card,
        with: next,
      }
      const work = change(
        {
          card,
          id: order.id,
          ...always(body),
          consents: () => claimConsents(order.claim, { card, next }),
          isDone: ({ state, replacedBy }) => state === 'replaced' && replacedBy === next,
        },
        errand,
      )
      // What needed it is signed by now.
      order.claim?.fill(0)
      return work
    },
    linkCard: async ({ card, transaction }, waiting) => {
      const parsed = parseTransaction(transaction, parts.networkId)
      if (!parsed.ok) return { kind: 'turned_away', code: parsed.code }
      const { body } = parsed.transaction
      if (body.kind !== 'card.link' || body.card !== card) return ORDER_MISMATCH
      return parts.submissions.submit(transaction, waiting)
    },
  }
}

/** The claim code speaks for whoever holds the former card. */
const claimConsents = (
  claim: Uint8Array | undefined,
  { card, next }: { readonly card: CardId; readonly next: CardId },
): readonly OwnConsent[] => {
  if (claim === undefined) return []
  const seed = claimKeyOf(claim)
  const by = signerOfSeed(seed)
  seed.fill(0)
  return [{ by, agree: { kind: 'card.replace', card, with: next } }]
}
