import type { FamilyName } from '#protocol/state/families.ts'
import { createKnownIds, createKnownTexts, type KnownIds } from './known-texts.ts'
import { type KnownTexts, TextCursor } from './text-cursor.ts'

/**
 * Reads the canonical texts of the records that there are millions of: in a quarter of the time that JSON
 * takes, and into as little memory as they need, with one string for one id and one list for one content.
 * What it reads equals what JSON reads; a text of another form than it knows it leaves to JSON.
 */
export type RecordReader = {
  /** Of the records of this family; undefined: there is no form that it knows. */
  readonly of: (family: FamilyName) => FamilyReader | undefined
}

export type FamilyReader = {
  /** The record, or undefined: of another form. */
  readonly read: (text: string) => object | undefined
  /** The key of what was read last, where it is made of two of its ids: half the strings of `key` of the family. */
  readonly key: () => string | undefined
  /** The next slot of the family holds what was read under this key, or nothing that was: others name it. */
  readonly append: (key: string | undefined) => void
}

/** `slotOf`: of a record that was appended. */
export const createRecordReader = (
  slotOf: (family: 'wallet' | 'card', key: string) => number | undefined,
): RecordReader => {
  const cursor = new TextCursor()
  const named = createNamed(slotOf)
  const ids: Partial<Record<FamilyName, KnownIds>> = { wallet: named.wallet, card: named.card }
  return {
    of: (family) => {
      const form = FORMS[family]
      return (
        form && {
          read: reading(form, cursor, named),
          key: () => named.key,
          append: ids[family]?.append ?? unnamed,
        }
      )
    },
  }
}

const reading =
  (form: Form, cursor: TextCursor, named: Named): FamilyReader['read'] =>
  (text) => {
    cursor.begin(text)
    named.key = undefined
    const record = form(cursor, named)
    return cursor.ended() ? record : undefined
  }

/** No record names those of this family. */
const unnamed = (): void => undefined

/** What records name, each content once. */
type Named = {
  readonly wallet: KnownIds
  readonly card: KnownIds
  readonly asset: KnownTexts
  readonly place: KnownTexts
  readonly party: KnownTexts
  readonly scope: KnownTexts
  readonly kind: KnownTexts
  readonly strength: KnownTexts
  readonly state: KnownTexts
  readonly outcome: KnownTexts
  readonly label: KnownTexts
  /** Lists of one asset, by it. */
  readonly lists: Map<string, readonly string[]>
  /** What follows the wallet in a key, by the other id in it. */
  readonly endings: Map<string, string>
  key: string | undefined
  readonly caps: Map<string, Caps>
}

const createNamed = (slotOf: Parameters<typeof createRecordReader>[0]): Named => ({
  wallet: createKnownIds((key) => slotOf('wallet', key)),
  card: createKnownIds((key) => slotOf('card', key)),
  asset: createKnownTexts(),
  place: createKnownTexts(),
  party: createKnownTexts(),
  scope: createKnownTexts(),
  kind: createKnownTexts(),
  strength: createKnownTexts(),
  state: createKnownTexts(),
  outcome: createKnownTexts(),
  label: createKnownTexts(),
  lists: new Map(),
  endings: new Map(),
  key: undefined,
  caps: new Map(),
})

type Caps = { readonly charge: number; readonly day: number }
type Form = (cursor: TextCursor, named: Named) => object

const walletForm: Form = (cursor, named) => {
  cursor.pass('{"id":"')
  const id = cursor.own()
  cursor.pass(',"kind":"')
  const kind = cursor.known(named.kind)
  cursor.pass(',"keys":[')
  const keys = cursor.passIf(']') ? NONE : listOf(cursor, () => ownQuoted(cursor))
  const assets = cursor.passIf(',"assets":[') ? assetsOf(cursor, named) : undefined
  const services = cursor.passIf(',"services":[') ? assetsOf(cursor, named) : undefined
  const successor = cursor.passIf(',"successor":"') ? cursor.known(named.wallet) : undefined
  const closed = cursor.passIf(',"closed":true')
  cursor.pass('}')
  const wallet = assets === undefined ? { id, kind, keys } : { id, kind, keys, assets }
  if (services === undefined && successor === undefined && !closed) return wallet
  return {
    ...wallet,
    ...(services !== undefined && { services }),
    ...(successor !== undefined && { successor }),
    ...(closed && { closed }),
  }
}

const balanceForm: Form = (cursor, named) => {
  cursor.pass('{"wallet":"')
  const wallet = cursor.known(named.wallet)
  cursor.pass(',"asset":"')
  const asset = cursor.known(named.asset)
  cursor.pass(',"available":')
  const available = cursor.whole()
  cursor.pass(',"held":')
  const held = cursor.whole()
  cursor.pass(',"totalIn":')
  const totalIn = cursor.whole()
  cursor.pass(',"totalOut":')
  const totalOut = cursor.whole()
  cursor.pass('}')
  named.key = wallet + endingOf(named, asset)
  return { wallet, asset, available, held, totalIn, totalOut }
}

const cardForm: Form = (cursor, named) => {
  cursor.pass('{"id":"')
  const id = cursor.own()
  cursor.pass(',"strength":"')
  const strength = cursor.known(named.strength)
  cursor.pass(',"place":"')
  const place = cursor.known(named.place)
  cursor.pass(',"batch":"')
  const batch = cursor.known(named.label)
  cursor.pass(',"state":"')
  const state = cursor.known(named.state)
  const wallet = cursor.passIf(',"wallet":"') ? cursor.known(named.wallet) : undefined
  const claim = cursor.passIf(',"claim":"') ? cursor.own() : undefined
  const counter = cursor.passIf(',"counter":') ? cursor.whole() : undefined
  cursor.pass('}')
  const card =
    wallet === undefined
      ? { id, strength, place, batch, state }
      : { id, strength, place, batch, state, wallet }
  if (claim === undefined && counter === undefined) return card
  return {
    ...card,
    ...(claim !== undefined && { claim }),
    ...(counter !== undefined && { counter }),
  }
}

const mandateForm: Form = (cursor, named) => {
  cursor.pass('{"wallet":"')
  const wallet = cursor.known(named.wallet)
  cursor.pass(',"to":"')
  const to = cursor.known(named.party)
  cursor.pass(',"caps":{"charge":')
  const charge = cursor.whole()
  cursor.pass(',"day":')
  const day = cursor.whole()
  const caps = sameCaps(named.caps, { charge, day })
  named.key = wallet + endingOf(named, to)
  if (cursor.passIf('}}')) return { wallet, to, caps }
  cursor.pass('},"notAfterMs":')
  const notAfterMs = cursor.whole()
  cursor.pass('}')
  return { wallet, to, caps, notAfterMs }
}

const saleForm: Form = (cursor, named) => {
  cursor.pass('{"id":"')
  const id = cursor.own()
  cursor.pass(',"place":"')
  const place = cursor.known(named.place)
  cursor.pass(',"legs":[')
  const legs = listOf(cursor, () => legOf(cursor, named))
  cursor.pass(',"refunded":')
  const refunded = cursor.whole()
  cursor.pass(',"timeMs":')
  const timeMs = cursor.whole()
  if (cursor.passIf('}')) return { id, place, legs, refunded, timeMs }
  cursor.pass(',"bought":')
  const bought = cursor.whole()
  cursor.pass('}')
  return { id, place, legs, refunded, timeMs, bought }
}

const legOf: Form = (cursor, named) => {
  const card = cursor.passIf('{"card":"') ? cursor.known(named.card) : undefined
  cursor.pass(card === undefined ? '{"wallet":"' : ',"wallet":"')
  const wallet = cursor.known(named.wallet)
  cursor.pass(',"asset":"')
  const asset = cursor.known(named.asset)
  cursor.pass(',"amount":')
  const amount = cursor.whole()
  cursor.pass('}')
  return card === undefined ? { wallet, asset, amount } : { card, wallet, asset, amount }
}

const paymentForm: Form = (cursor, named) => {
  cursor.pass('{"scope":"')
  const scope = cursor.known(named.scope)
  cursor.pass(',"id":"')
  const id = cursor.own()
  cursor.pass(',"kind":"')
  const kind = cursor.known(named.kind)
  cursor.pass(',"hash":"')
  const hash = cursor.own()
  cursor.pass(',"outcome":"')
  const outcome = cursor.known(named.outcome)
  cursor.pass(',"height":')
  const height = cursor.whole()
  cursor.pass(',"index":')
  const index = cursor.whole()
  cursor.pass(',"untilMs":')
  const untilMs = cursor.whole()
  cursor.pass('}')
  return { scope, id, kind, hash, outcome, height, index, untilMs }
}

const FORMS: Partial<Record<FamilyName, Form>> = {
  wallet: walletForm,
  balance: balanceForm,
  card: cardForm,
  mandate: mandateForm,
  sale: saleForm,
  payment: paymentForm,
}

/** The items up to the bracket that ends a list of at least one; each begins at its own quotation mark or brace. */
const listOf = <T>(cursor: TextCursor, itemOf: () => T): readonly T[] => {
  const items = [itemOf()]
  while (cursor.passIf(',')) items.push(itemOf())
  cursor.pass(']')
  return items
}

/** Records are never changed, only replaced: those of the same content can have the same list. */
const assetsOf = (cursor: TextCursor, { asset, lists }: Named): readonly string[] => {
  if (cursor.passIf(']')) return NONE
  const assets = listOf(cursor, () => quoted(cursor, asset))
  const [only] = assets
  if (only === undefined || assets.length > 1) return assets
  const known = lists.get(only)
  if (known !== undefined) return known
  if (lists.size < SHARED_MAX) lists.set(only, assets)
  return assets
}

const ownQuoted = (cursor: TextCursor): string => {
  cursor.pass('"')
  return cursor.own()
}

const quoted = (cursor: TextCursor, texts: KnownTexts): string => {
  cursor.pass('"')
  return cursor.known(texts)
}

/** Cards of a batch have the same; whoever has their own adds little. */
const sameCaps = (all: Map<string, Caps>, caps: Caps): Caps => {
  const name = `${caps.charge} ${caps.day}`
  const known = all.get(name)
  if (known !== undefined) return known
  if (all.size < SHARED_MAX) all.set(name, caps)
  return caps
}

/** A key is its wallet and one of few endings: two strings that are there already, and a pair of them. */
const endingOf = ({ endings }: Named, id: string): string => {
  const known = endings.get(id)
  if (known !== undefined) return known
  const ending = `/${id}`
  if (endings.size < SHARED_MAX) endings.set(id, ending)
  return ending
}

const NONE: readonly string[] = []
const SHARED_MAX = 1_000
