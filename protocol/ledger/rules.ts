import type { Operation } from '../transaction/kinds/transaction-body.ts'
import type { Judgement, OperationBodies, OperationKind, RuleContext, Rules } from './rule.ts'
import { archiveAsset, updateAsset } from './rules/asset/change.ts'
import { createAsset } from './rules/asset/create.ts'
import { changeAuthorities } from './rules/authority.ts'
import { setBadge } from './rules/badge.ts'
import { blockCard, unblockCard } from './rules/card/card-block.ts'
import { linkCard } from './rules/card/card-link.ts'
import { activateCard, registerCards } from './rules/card/card-register.ts'
import { replaceCard } from './rules/card/card-replace.ts'
import { voidCard } from './rules/card/card-void.ts'
import { cashOut } from './rules/cashout.ts'
import { openClearing } from './rules/clearing/open.ts'
import { settleClearing } from './rules/clearing/settle.ts'
import { executeCorrection, publishCorrection, withdrawCorrection } from './rules/correction.ts'
import { accept, invite } from './rules/federation/join.ts'
import { leaveFederation } from './rules/federation/leave.ts'
import { createFederation, setFederation } from './rules/federation/set.ts'
import { issueGrant, revokeGrant } from './rules/grant.ts'
import { captureFrom, release, split } from './rules/hold.ts'
import { open } from './rules/hold-open.ts'
import { issue } from './rules/issue.ts'
import { revokeMandate, setMandate } from './rules/mandate.ts'
import { setMembership } from './rules/membership.ts'
import { changeParameters } from './rules/parameter.ts'
import { cancelPayment } from './rules/payment-cancel.ts'
import { registerPlace } from './rules/place/register.ts'
import { leave, suspend } from './rules/place/status.ts'
import { updatePlace } from './rules/place/update.ts'
import { settlePayout } from './rules/redemption/payout.ts'
import { redeem } from './rules/redemption/redeem.ts'
import { coverDeficit, reverse } from './rules/redemption/reverse.ts'
import { refundTopUp } from './rules/redemption/topup-refund.ts'
import { refund } from './rules/refund.ts'
import { sell } from './rules/sale.ts'
import { transfer } from './rules/transfer.ts'
import { freezeWallet, openWallet, rotateWallet } from './rules/wallet.ts'
import type { View } from './view.ts'

/**
 * Version 1: the rule of every kind but `batch`, which is its operations (batch.ts). A new kind is a file in
 * rules/, a line here, its shape in movement.ts and its facts in kinds.ts; the compiler asks for
 * each.
 */
export const FIRST_RULES: Rules = {
  'asset.archive': archiveAsset,
  'asset.create': createAsset,
  'asset.update': updateAsset,
  'authority.change': changeAuthorities,
  badge: setBadge,
  'card.activate': activateCard,
  'card.block': blockCard,
  'card.link': linkCard,
  'card.register': registerCards,
  'card.replace': replaceCard,
  'card.unblock': unblockCard,
  'card.void': voidCard,
  cashout: cashOut,
  'clearing.open': openClearing,
  'clearing.settle': settleClearing,
  correction: publishCorrection,
  'correction.execute': executeCorrection,
  'correction.withdraw': withdrawCorrection,
  'deficit.cover': coverDeficit,
  'federation.accept': accept,
  'federation.create': createFederation,
  'federation.invite': invite,
  'federation.leave': leaveFederation,
  'federation.set': setFederation,
  'grant.issue': issueGrant,
  'grant.revoke': revokeGrant,
  'hold.capture': captureFrom,
  'hold.open': open,
  'hold.release': release,
  'hold.split': split,
  issue,
  'mandate.revoke': revokeMandate,
  'mandate.set': setMandate,
  'membership.set': setMembership,
  'parameter.change': changeParameters,
  'payment.cancel': cancelPayment,
  'payout.settle': settlePayout,
  'place.leave': leave,
  'place.register': registerPlace,
  redeem,
  'place.suspend': suspend,
  'place.update': updatePlace,
  refund,
  reverse,
  sale: sell,
  'topup.refund': refundTopUp,
  transfer,
  'wallet.freeze': freezeWallet,
  'wallet.open': openWallet,
  'wallet.rotate': rotateWallet,
}

/** Judges one operation by the rule of its kind in the context's version. Reads only. */
export const judgeOperation = (view: View, body: Operation, context: RuleContext): Judgement =>
  judgeAs(view, { kind: body.kind, body }, context)

type Tagged<K extends OperationKind> = { readonly kind: K; readonly body: OperationBodies[K] }

function judgeAs<K extends OperationKind>(
  view: View,
  { kind, body }: Tagged<K>,
  context: RuleContext,
): Judgement {
  return context.rules[kind](view, body, context)
}
