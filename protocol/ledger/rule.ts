import type { AssetId, GrantId, Key, WalletId } from '../id.ts'
import type { FamilyName, Records } from '../state/families.ts'
import type { Parameters } from '../state/parameters.ts'
import type { Scope } from '../state/record.ts'
import type { Consent } from '../transaction/envelope.ts'
import type { BodyOf, Operation } from '../transaction/kinds/transaction-body.ts'
import type { RefusalCode } from '../transaction/outcome.ts'
import type { PaymentId } from '../transaction/payment-id.ts'
import type { EventFacts, Leg } from './event.ts'
import type { Draft, View } from './view.ts'

export type Facts = EventFacts

/** State says no. Nothing moves. */
export type Refusal = {
  readonly ok: false
  readonly code: RefusalCode
  readonly facts?: Facts
}

/**
 * Money on its way: without `from` it comes into being, without `to` it ceases to be. `held`: whether it
 * leaves what is held, becomes held, or both; absent: neither.
 */
export type Flow = {
  readonly asset: AssetId
  readonly amount: number
  readonly from?: WalletId
  readonly to?: WalletId
  readonly held?: HeldEnd
  /** What ceases to be was paid out. */
  readonly redeems?: true
}

/** Which end of a flow is held money rather than money that can be spent. */
export type HeldEnd = 'from' | 'to' | 'both'

/** A record that replaces, or becomes, the one under its key. */
export type Write<F extends FamilyName = FamilyName> = {
  readonly [P in F]: { readonly family: P; readonly key: string; readonly record: Records[P] }
}[F]

/** A record that ceases to be. */
export type Removal = { readonly family: FamilyName; readonly key: string }

/** What one operation used up of what is bounded per transaction: caps of grants, consents. */
export type Used = {
  readonly amount: number
  readonly grants: readonly GrantId[]
  readonly consent?: string
}

/** Everything one operation does, before anything of it is done. */
export type Applied = {
  readonly ok: true
  readonly flows: readonly Flow[]
  readonly writes: readonly Write[]
  readonly removes?: readonly Removal[]
  readonly created: readonly string[]
  readonly used?: Used
  readonly legs?: readonly Leg[]
  readonly facts?: Facts
}

export type Judgement = Applied | Refusal

/** What earlier operations of the same batch used; empty outside a batch. */
export type Tally = {
  readonly grants: ReadonlyMap<GrantId, number>
  readonly consents: ReadonlyMap<string, number>
}

/** What a rule knows beside the state and the body. */
export type RuleContext = {
  readonly signer: Key
  readonly scope: Scope
  readonly jti: PaymentId
  readonly consents: readonly Consent[]
  /** Place of the operation in its batch, else 0. */
  readonly operation: number
  /** Block time. */
  readonly timeMs: number
  readonly parameters: Parameters
  /** Those of the block's version. */
  readonly rules: Rules
  readonly tally: Tally
}

export type OperationKind = Operation['kind']
export type OperationBodies = { readonly [K in OperationKind]: BodyOf<K> }

/** A pure judgement of one kind of operation: reads, decides, says what follows. */
export type Rule<K extends OperationKind> = (
  view: View,
  body: OperationBodies[K],
  context: RuleContext,
) => Judgement

/** The rule of every kind but `batch`, in one version. */
export type Rules = { readonly [K in OperationKind]: Rule<K> }

export const refuse = (code: RefusalCode): Refusal => ({ ok: false, code })

export const refuseForLackOf = (missingAmount: number): Refusal => ({
  ok: false,
  code: 'insufficient_funds',
  facts: { missingAmount },
})

const NOTHING: Applied = { ok: true, flows: [], writes: [], created: [] }

/** An applied operation; what is not named did not happen. */
export const applied = (effects: Partial<Omit<Applied, 'ok'>>): Applied => ({
  ...NOTHING,
  ...effects,
})

export const writing = <F extends FamilyName>(
  family: F,
  key: string,
  record: Records[F],
): { readonly family: F; readonly key: string; readonly record: Records[F] } => ({
  family,
  key,
  record,
})

/** Writes in their order. */
export const putAll = (draft: Draft, writes: readonly Write[]): void => {
  for (const write of writes) put(draft, write)
}

export function put<F extends FamilyName>(draft: Draft, { family, key, record }: Write<F>): void {
  draft.put(family, key, record)
}
