import type { AssetId, GrantId, WalletId } from '../id.ts'
import type { Batch } from '../transaction/kinds/transaction-body.ts'
import type { Movement } from './event.ts'
import { applyOperation, type Effects } from './operation.ts'
import type { Refusal, RuleContext, Used } from './rule.ts'
import type { Draft } from './view.ts'
import { walletKey } from './wallet-key.ts'

/**
 * Operations of one signer in order, each judged on what those before it left, all or nothing: the
 * first refusal is the batch's. Caps per transaction and consents hold over all of them together.
 */
export const applyBatch = (
  draft: Draft,
  { operations }: Batch,
  context: RuleContext,
): Effects | Refusal => {
  const mark = draft.mark()
  const tally = { grants: new Map<GrantId, number>(), consents: new Map<string, number>() }
  const movements: Movement[] = []
  const created: string[] = []
  for (const [operation, body] of operations.entries()) {
    const effects = applyOperation(draft, body, { ...context, operation, tally })
    if (!effects.ok) {
      draft.rollback(mark)
      return effects
    }
    movements.push(...effects.movements)
    created.push(...effects.created)
    count(tally, effects.used)
  }
  return { ok: true, movements: merged(movements), created }
}

function count(
  { grants, consents }: { grants: Map<GrantId, number>; consents: Map<string, number> },
  used: Used | undefined,
): void {
  if (used === undefined) return
  const { amount, consent } = used
  for (const grant of used.grants) grants.set(grant, (grants.get(grant) ?? 0) + amount)
  if (consent !== undefined) consents.set(consent, (consents.get(consent) ?? 0) + amount)
}

/** One movement for each balance that changed. */
function merged(movements: readonly Movement[]): Movement[] {
  const changes = new Map<string, Changed>()
  for (const { wallet, asset, change, held = 0 } of movements) {
    const key = walletKey(wallet, asset)
    const known = changes.get(key)
    if (known === undefined) {
      changes.set(key, { wallet, asset, change, held })
      continue
    }
    known.change += change
    known.held += held
  }
  const all: Movement[] = []
  for (const { wallet, asset, change, held } of changes.values()) {
    if (held !== 0) all.push({ wallet, asset, change, held })
    else if (change !== 0) all.push({ wallet, asset, change })
  }
  return all
}

type Changed = {
  readonly wallet: WalletId
  readonly asset: AssetId
  change: number
  held: number
}
