import type { Account, BookLine } from '#api/ports/ledger-books.ts'
import type { PlaceId, WalletId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { Operation, TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'

/** Whose books. */
export type BookOwner = { readonly place: PlaceId; readonly wallet: WalletId }

/** The lines of one applied transaction. `isOwn`: the place made it, and every movement is a line. */
export type BookEntry = { readonly isOwn: boolean; readonly lines: readonly BookLine[] }

/**
 * What the books of a place say of one applied transaction; of another's only what it did to the place's
 * own wallet. `body`: what was signed, which says at which till, and what of a sale is a tip.
 */
export const entryOf = (
  view: View,
  { event, body }: { readonly event: LedgerEvent; readonly body: TransactionBody },
  owner: BookOwner,
): BookEntry => {
  const isOwn = event.place === owner.place || event.scope === owner.place
  const tipped = tippedBy(body)
  const till = tillOf(view, body)
  const lines: BookLine[] = []
  for (const { wallet, asset: id, change, held = 0 } of event.movements) {
    if (!isOwn && wallet !== owner.wallet) continue
    const asset = view.get('asset', id)
    if (asset === undefined) throw new Error(`money of no asset: ${id}`)
    lines.push({
      height: event.height,
      index: event.index,
      line: lines.length,
      timeMs: event.timeMs,
      id: event.id,
      kind: event.kind,
      ...(isOwn && till !== undefined && { till }),
      account: accountOf(wallet, { owner, isTip: change > 0 && tipped.has(wallet) }),
      wallet,
      asset,
      change,
      held,
    })
  }
  return { isOwn, lines }
}

const accountOf = (
  wallet: WalletId,
  { owner, isTip }: { readonly owner: BookOwner; readonly isTip: boolean },
): Account => {
  if (wallet === owner.wallet) return 'place'
  return isTip ? 'tips' : 'holders'
}

/** Who gets a tip in a sale. No payer does: one cannot tip oneself. */
const tippedBy = (body: TransactionBody): ReadonlySet<WalletId> =>
  body.kind === 'sale'
    ? new Set((body.lines ?? []).flatMap((line) => (line.line === 'tip' ? [line.wallet] : [])))
    : new Set()

/** The till of the grant that a transaction acts under: a grant never gets another one. */
const tillOf = (view: View, body: TransactionBody): string | undefined => {
  const operation: Operation | undefined = body.kind === 'batch' ? body.operations[0] : body
  if (operation === undefined || !('grant' in operation)) return undefined
  return operation.grant && view.get('grant', operation.grant)?.till
}
