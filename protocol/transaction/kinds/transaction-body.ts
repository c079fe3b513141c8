import { z } from 'zod'
import { OPERATIONS_PER_BATCH_MAX } from '../../limits.ts'
import { AssetArchive, AssetCreate, AssetUpdate } from './asset.ts'
import { AuthorityChange } from './authority.ts'
import {
  CardActivate,
  CardBlock,
  CardLink,
  CardRegister,
  CardReplace,
  CardUnblock,
  CardVoid,
} from './card.ts'
import { ClearingOpen, ClearingSettle } from './clearing.ts'
import { Correction, CorrectionExecute, CorrectionWithdraw } from './correction.ts'
import {
  FederationAccept,
  FederationCreate,
  FederationInvite,
  FederationLeave,
  FederationSet,
} from './federation.ts'
import { GrantIssue, GrantRevoke } from './grant.ts'
import { HoldCapture, HoldOpen, HoldRelease, HoldSplit } from './hold.ts'
import { ParameterChange } from './parameter.ts'
import { Cashout, Issue, PaymentCancel, Refund, Sale } from './payment.ts'
import { PlaceLeave, PlaceRegister, PlaceSuspend, PlaceUpdate } from './place.ts'
import { Badge, MembershipSet } from './presence.ts'
import { DeficitCover, PayoutSettle, Redeem, Reverse, TopUpRefund } from './redemption.ts'
import {
  MandateRevoke,
  MandateSet,
  Transfer,
  WalletFreeze,
  WalletOpen,
  WalletRotate,
} from './wallet.ts'

/** One step of a batch. Payments and what refers to them stand alone: their id is the transaction's. */
export const BatchOperation = z.discriminatedUnion('kind', [
  AssetArchive,
  AssetCreate,
  AssetUpdate,
  Badge,
  CardActivate,
  CardBlock,
  CardLink,
  CardRegister,
  CardReplace,
  CardUnblock,
  CardVoid,
  Cashout,
  DeficitCover,
  FederationAccept,
  FederationCreate,
  FederationInvite,
  FederationLeave,
  FederationSet,
  GrantIssue,
  GrantRevoke,
  HoldOpen,
  HoldRelease,
  HoldSplit,
  Issue,
  MandateRevoke,
  MandateSet,
  MembershipSet,
  PayoutSettle,
  Redeem,
  Reverse,
  TopUpRefund,
  PlaceLeave,
  PlaceSuspend,
  PlaceUpdate,
  Transfer,
  WalletFreeze,
  WalletOpen,
  WalletRotate,
])
export type BatchOperation = z.infer<typeof BatchOperation>

/** Up to 100 operations of one signer in one scope, all or nothing. */
export const Batch = z.strictObject({
  kind: z.literal('batch'),
  operations: z.array(BatchOperation).min(1).max(OPERATIONS_PER_BATCH_MAX),
})
export type Batch = z.infer<typeof Batch>

/** What a transaction asks for: one of every kind of this version. */
export const TransactionBody = z.discriminatedUnion('kind', [
  AuthorityChange,
  ...BatchOperation.options,
  Batch,
  ClearingOpen,
  ClearingSettle,
  Correction,
  CorrectionExecute,
  CorrectionWithdraw,
  HoldCapture,
  ParameterChange,
  PaymentCancel,
  PlaceRegister,
  Refund,
  Sale,
])
export type TransactionBody = z.infer<typeof TransactionBody>

export type Kind = TransactionBody['kind']
/** The body of one kind. */
export type BodyOf<K extends Kind> = Extract<TransactionBody, { kind: K }>
/** A body that does one thing: anything but a batch. */
export type Operation = Exclude<TransactionBody, Batch>
