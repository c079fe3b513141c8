import type { ControlCommand } from './command.ts'
import { createAsset, listAssets } from './commands/asset.ts'
import { archiveAsset, updateAsset } from './commands/asset-change.ts'
import { showAuthorities, signChange, submitChange } from './commands/authority.ts'
import { activateCard, blockCard, registerCards, showCard } from './commands/card.ts'
import { accept, createFederation, invite, leave } from './commands/federation.ts'
import { issueGrant, listGrants, revokeGrant } from './commands/grant.ts'
import {
  captureLease,
  closeLeases,
  enableLeases,
  reopenLeases,
  showLeases,
} from './commands/lease.ts'
import { showTotals } from './commands/ledger.ts'
import { showMetrics } from './commands/metrics.ts'
import { pay } from './commands/pay.ts'
import { invitePlace, showPlace } from './commands/place.ts'
import { leavePlace, suspendPlace } from './commands/place-status.ts'
import { showStatus } from './commands/status.ts'
import { addTill, listTills, revokeTill } from './commands/till.ts'
import { pairTill } from './commands/till-pair.ts'

/** Everything that can be asked of a running node on its own machine, by name. */
export const CONTROL_COMMANDS = {
  'asset.archive': archiveAsset,
  'asset.create': createAsset,
  'asset.list': listAssets,
  'asset.update': updateAsset,
  'authority.show': showAuthorities,
  'authority.sign': signChange,
  'authority.submit': submitChange,
  'card.activate': activateCard,
  'card.block': blockCard,
  'card.register': registerCards,
  'card.show': showCard,
  'federation.accept': accept,
  'federation.create': createFederation,
  'federation.invite': invite,
  'federation.leave': leave,
  'grant.issue': issueGrant,
  'grant.list': listGrants,
  'grant.revoke': revokeGrant,
  'ledger.assets': showTotals,
  'lease.capture': captureLease,
  'lease.close': closeLeases,
  'lease.enable': enableLeases,
  'lease.reopen': reopenLeases,
  'lease.show': showLeases,
  metrics: showMetrics,
  pay,
  'place.invite': invitePlace,
  'place.leave': leavePlace,
  'place.show': showPlace,
  'place.suspend': suspendPlace,
  status: showStatus,
  'till.add': addTill,
  'till.list': listTills,
  'till.pair': pairTill,
  'till.revoke': revokeTill,
} as const satisfies Readonly<Record<string, ControlCommand>>

export type ControlCommandName = keyof typeof CONTROL_COMMANDS
