import type { z } from 'zod'
import type { Hash } from '#protocol/hash.ts'
import { FAMILIES, type FamilyName, type Records } from '#protocol/state/families.ts'
import type { SlotWrite } from '#protocol/state/family.ts'
import type { State } from '#protocol/state/state.ts'
import type { Answer } from './completion.ts'
import { corruptState } from './corrupt-state.ts'
import { keyOf, PREFIXES, slotOfKey } from './key-map.ts'
import type { KeyValuePort } from './key-value-port.ts'
import { eachEntry } from './range-reader.ts'

/**
 * Streams every stored slot into an empty state and answers its root, which the caller compares with
 * the header at the applied height. `state_corrupt` names the slot that is not what was written.
 */
export const loadState = (
  port: KeyValuePort,
  state: State<Records>,
  answer: Answer<Hash>,
): void => {
  let expected: Slot = { family: 0, slot: 0 }
  eachEntry(
    port,
    keyOf(PREFIXES.record),
    ({ key, value }) => {
      const at = slotOfKey(key)
      const follows = at.slot === (at.family === expected.family ? expected.slot : 0)
      if (!follows) throw corruptState(`a slot before ${nameOf(at)} is missing`)
      loadSlot(state, at, Buffer.from(value).toString())
      expected = { family: at.family, slot: at.slot + 1 }
    },
    (error) => {
      if (error !== undefined) answer({ ok: false, error })
      else finish(state, answer)
    },
  )
}

/** The text of every slot of a state that has freed none: what genesis writes. */
export const writesOf = (state: State<Records>): readonly SlotWrite[] =>
  Object.values(STORED_FAMILIES).flatMap(({ dump }) => dump(state))

type Slot = { readonly family: number; readonly slot: number }

const finish = (state: State<Records>, answer: Answer<Hash>): void => {
  const loaded = state.finishLoad()
  if (loaded.ok) answer({ ok: true, value: loaded.root })
  else answer({ ok: false, error: corruptState(`family ${loaded.family}: ${loaded.code}`) })
}

const loadSlot = (state: State<Records>, at: Slot, text: string): void => {
  const family = BY_NUMBER.get(at.family)
  const content = jsonOf(text)
  const loaded = family?.load(state, content) ?? false
  if (!loaded) throw corruptState(nameOf(at))
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const nameOf = ({ family, slot }: Slot): string =>
  `slot ${slot} of family ${BY_NUMBER.get(family)?.name ?? family}`

/** How one family passes between the state and the disk. */
type StoredFamily = {
  readonly name: FamilyName
  readonly number: number
  /** Appends the next slot; false when the content is neither a record nor a free slot's link. */
  readonly load: (state: State<Records>, content: unknown) => boolean
  readonly dump: (state: State<Records>) => readonly SlotWrite[]
}

const stored = <F extends FamilyName>(
  name: F,
  definition: {
    readonly number: number
    readonly schema: z.ZodType<Records[F]>
    readonly key: (record: Records[F]) => string
    readonly encode: (record: Records[F]) => string
  },
): StoredFamily => ({
  name,
  number: definition.number,
  load: (state, content) => {
    if (content === null || isSlot(content)) {
      state.loadFree(name, content)
      return true
    }
    const parsed = definition.schema.safeParse(content)
    if (parsed.success) state.load(name, definition.key(parsed.data), parsed.data)
    return parsed.success
  },
  dump: (state) =>
    Array.from(state.entries(name), ({ slot, key, record }) => ({
      family: name,
      slot,
      key,
      text: definition.encode(record),
    })),
})

const isSlot = (content: unknown): content is number =>
  typeof content === 'number' && Number.isSafeInteger(content) && content >= 0

const STORED_FAMILIES = {
  network: stored('network', FAMILIES.network),
  asset: stored('asset', FAMILIES.asset),
  federation: stored('federation', FAMILIES.federation),
  place: stored('place', FAMILIES.place),
  grant: stored('grant', FAMILIES.grant),
  wallet: stored('wallet', FAMILIES.wallet),
  key: stored('key', FAMILIES.key),
  balance: stored('balance', FAMILIES.balance),
  card: stored('card', FAMILIES.card),
  batch: stored('batch', FAMILIES.batch),
  mandate: stored('mandate', FAMILIES.mandate),
  sale: stored('sale', FAMILIES.sale),
  payment: stored('payment', FAMILIES.payment),
  reference: stored('reference', FAMILIES.reference),
  counter: stored('counter', FAMILIES.counter),
  code: stored('code', FAMILIES.code),
  authorities: stored('authorities', FAMILIES.authorities),
  epoch: stored('epoch', FAMILIES.epoch),
  hold: stored('hold', FAMILIES.hold),
  membership: stored('membership', FAMILIES.membership),
  presence: stored('presence', FAMILIES.presence),
  topup: stored('topup', FAMILIES.topup),
  deficit: stored('deficit', FAMILIES.deficit),
  clearing: stored('clearing', FAMILIES.clearing),
  correction: stored('correction', FAMILIES.correction),
  invitation: stored('invitation', FAMILIES.invitation),
  clock: stored('clock', FAMILIES.clock),
} as const satisfies Record<FamilyName, StoredFamily>

const BY_NUMBER: ReadonlyMap<number, StoredFamily> = new Map(
  Object.values(STORED_FAMILIES).map((family) => [family.number, family]),
)
