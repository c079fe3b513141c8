import type { z } from 'zod'
import type { Hash } from '#protocol/hash.ts'
import { FAMILIES, type FamilyName, type Records } from '#protocol/state/families.ts'
import type { SlotWrite } from '#protocol/state/family.ts'
import type { State } from '#protocol/state/state.ts'
import { type Answer, type Done, inOrder, whenDone } from './completion.ts'
import { corruptState } from './corrupt-state.ts'
import { after, keyOf, PREFIXES, slotOfKey } from './key-map.ts'
import type { KeyValuePort } from './key-value-port.ts'
import { eachEntry } from './range-reader.ts'
import { createRecordReader, type RecordReader } from './record-reader.ts'
import type { StorageError } from './storage-error.ts'

/**
 * Streams every stored slot into an empty state and answers its root, which the caller compares with
 * the header at the applied height before anything reads a record: no schema is asked of what a quorum
 * agreed on byte by byte. `state_corrupt` names a slot that is no record or link of its family.
 */
export const loadState = (
  port: KeyValuePort,
  state: State<Records>,
  answer: Answer<Hash>,
): void => {
  const reader = createRecordReader(state.slotOf)
  let damage: StorageError | undefined
  const load = ({ name, number, open }: StoredFamily, done: Done): void => {
    const loadSlot = open(state, reader)
    let slot = 0
    const onPage = (texts: readonly string[]): void => {
      if (damage !== undefined) return
      const loaded = loadedOf(texts, loadSlot)
      slot += loaded
      if (loaded < texts.length) damage = corruptState(`slot ${slot} of family ${name}`)
    }
    const from = keyOf(PREFIXES.record, Uint8Array.of(number))
    port.texts({ from, to: after(from) }, onPage, done)
  }
  // One after the other: the next names ids in the order of the one before, as a rule.
  inOrder(
    Object.values(STORED_FAMILIES).map((family) => (done) => load(family, done)),
    (error) => {
      const failure = error ?? damage
      if (failure === undefined) finish(state, answer)
      else answer({ ok: false, error: failure })
    },
  )
}

/** How many of them are loaded: the next one is none, or none of its family. */
const loadedOf = (texts: readonly string[], loadSlot: (text: string) => boolean): number => {
  let loaded = 0
  while (loaded < texts.length && loadSlot(texts[loaded] ?? '')) loaded += 1
  return loaded
}

/**
 * Why a loaded state has another root than its header: the first slot that is missing, or whose text its
 * family does not allow. Undefined: every record is one, and one of them another than was agreed on.
 */
export const damageIn = (port: KeyValuePort, answer: Answer<StorageError | undefined>): void => {
  let expected: Slot = { family: 0, slot: 0 }
  let damage: StorageError | undefined
  eachEntry(
    port,
    keyOf(PREFIXES.record),
    ({ key, value }) => {
      const at = slotOfKey(key)
      const follows = at.slot === (at.family === expected.family ? expected.slot : 0)
      const content = jsonOf(Buffer.from(value).toString())
      const family = BY_NUMBER.get(at.family)
      if (!follows) damage ??= corruptState(`a slot before ${nameOf(at)} is missing`)
      if (family?.admits(content) !== true) damage ??= corruptState(nameOf(at))
      expected = { family: at.family, slot: at.slot + 1 }
    },
    whenDone(answer, () => answer({ ok: true, value: damage })),
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
  /** Appends the next slot by its text; false when that is neither an object nor a free slot's link. */
  readonly open: (state: State<Records>, reader: RecordReader) => (text: string) => boolean
  /** Whether it is a record by its schema, or a free slot's link. */
  readonly admits: (content: unknown) => boolean
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
  open: (state, reader) => {
    const family = reader.of(name)
    return (text) => {
      const known = family?.read(text)
      const content = known ?? jsonOf(text)
      if (content === null || isSlot(content)) {
        state.loadFree(name, content)
        family?.append(undefined)
        return true
      }
      if (!isAgreed<Records[F]>(content)) return false
      const key = (known && family?.key()) ?? definition.key(content)
      state.load(name, { key, record: content, text })
      family?.append(known && key)
      return true
    }
  },
  admits: (content) =>
    content === null || isSlot(content) || definition.schema.safeParse(content).success,
  dump: (state) =>
    Array.from(state.entries(name), ({ slot, key, record }) => ({
      family: name,
      slot,
      key,
      text: definition.encode(record),
    })),
})

/** A record as it was written: that it is one, the root says, which holds the text itself. */
const isAgreed = <R extends object>(content: unknown): content is R =>
  typeof content === 'object' && content !== null

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
