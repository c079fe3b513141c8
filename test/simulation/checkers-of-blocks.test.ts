import { describe, expect, test } from 'vitest'
import { originOf } from '#node/recovery/genesis-block.ts'
import { hashBytes } from '#protocol/hash.ts'
import { calm } from './calm.ts'
import { createAgreement } from './checkers/agreement.ts'
import { createAncestry } from './checkers/ancestry.ts'
import { createAnswers } from './checkers/answers.ts'
import { createCertificates } from './checkers/certificates.ts'
import { createCopies } from './checkers/copies.ts'
import { createIdentical } from './checkers/identical.ts'
import { createModel } from './checkers/model.ts'
import { createMoney } from './checkers/money.ts'
import { createPace } from './checkers/pace.ts'
import { createRecords } from './checkers/records.ts'
import { createCircuit } from './circuit.ts'
import { createEpochBook } from './epoch-book.ts'
import { createStandInKeys } from './keys.ts'
import type { Checker, Observation, ObservationOf } from './observation.ts'
import { simulate } from './simulate.ts'

/** A real run, in which nothing fails: every checker is content with it, and not with a forged one. */
const SWARM = calm({})
const KEYS = createStandInKeys()
const CIRCUIT = createCircuit(SWARM, KEYS)
const { genesis } = CIRCUIT
const BOOK = createEpochBook(CIRCUIT)
const ORIGIN = originOf(genesis)
const CHAIN_ID = hashBytes(ORIGIN.chainId)

const SEEN: readonly Observation[] = (() => {
  const seen: Observation[] = []
  const { failure } = simulate(SWARM, { watch: (observation) => seen.push(observation) })
  if (failure !== undefined) throw new Error(failure.message)
  return seen
})()

type Final = ObservationOf<'final'>
type Block = Final['block']
type Forged = readonly Observation[]

const isFinal = (observation: Observation): observation is Final => observation.type === 'final'

const judged = (checker: Checker, seen: Forged): string | undefined => {
  for (const observation of seen) {
    const wrong = checker.see(observation)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

/** The run with the first block of that kind changed, at the node that has it first or at all. */
const withBlock = (
  isIt: (block: Block) => boolean,
  change: (block: Block) => Partial<Block>,
  where: 'first' | 'last' = 'first',
): Forged => {
  const isWanted = (one: Observation): boolean => isFinal(one) && isIt(one.block)
  const height = SEEN.filter(isFinal).find(isWanted)?.block.block.header.height
  const isSame = (one: Observation): boolean =>
    isFinal(one) && one.block.block.header.height === height
  const at = where === 'first' ? SEEN.findIndex(isSame) : SEEN.findLastIndex(isSame)
  if (at < 0) throw new Error('no such block')
  return SEEN.map((one, index) =>
    index === at && isFinal(one) ? { ...one, block: { ...one.block, ...change(one.block) } } : one,
  )
}

type Event = Block['events'][number]

const withEvent = (isIt: (event: Event) => boolean, change: (event: Event) => Partial<Event>) =>
  withBlock(
    ({ events }) => events.some(isIt),
    ({ events }) => {
      const at = events.findIndex(isIt)
      return {
        events: events.map((event, index) =>
          index === at ? { ...event, ...change(event) } : event,
        ),
      }
    },
  )

const withHeader = (change: (header: Block['block']['header']) => object): Forged =>
  withBlock(
    ({ block }) => block.header.height === 3,
    ({ block }) => ({ block: { ...block, header: { ...block.header, ...change(block.header) } } }),
  )

const isSale = ({ kind, outcome }: Event): boolean => kind === 'sale' && outcome === 'applied'
const hasTransactions = ({ transactions }: Block): boolean => transactions.length > 1
const isCertificate = (one: Observation): one is ObservationOf<'certificate'> =>
  one.type === 'certificate'

type End = ObservationOf<'answer'>['end']

/** The run with every answer changed. */
const withAnswer = (change: (end: End) => End): Forged =>
  SEEN.map((one) => (one.type === 'answer' ? { ...one, end: change(one.end) } : one))

const withCertificate = (
  change: (
    certificate: ObservationOf<'certificate'>['certificate'],
  ) => Partial<ObservationOf<'certificate'>['certificate']>,
): Forged =>
  SEEN.filter(isCertificate)
    .slice(0, 1)
    .map((one) => {
      const { certificate } = one
      const { signers, signatures } = { ...certificate, ...change(certificate) }
      return { ...one, certificate: { ...certificate, signers, signatures } }
    })

const otherBlock = ({ block }: Block): Partial<Block> => ({
  block: { ...block, digest: block.header.stateRoot },
})

/** Every balance one unit richer, wherever a block writes one. */
const richer = ({ writes }: Block): Partial<Block> => ({
  writes: writes.map((write) =>
    write.family === 'balance'
      ? {
          ...write,
          text: write.text.replace(
            /"available":(\d+)/,
            (_, amount) => `"available":${Number(amount) + 1}`,
          ),
        }
      : write,
  ),
})

/** The first record of a family that a sale changes, with one of its numbers changed. */
const withRecord = (family: string, member: string, change: (value: number) => number): Forged =>
  withBlock(
    (block) => block.events.some(isSale) && block.writes.some((write) => write.family === family),
    ({ writes }) => ({
      writes: writes.map((write) =>
        write.family === family
          ? {
              ...write,
              text: write.text.replace(
                new RegExp(`"${member}":(\\d+)`),
                (_, value) => `"${member}":${change(Number(value))}`,
              ),
            }
          : write,
      ),
    }),
  )

const CHECKERS = {
  agreement: createAgreement,
  ancestry: () => createAncestry(ORIGIN),
  answers: createAnswers,
  certificates: () => createCertificates({ chainId: CHAIN_ID, book: BOOK }, KEYS.verify),
  copies: () => createCopies(BOOK),
  identical: createIdentical,
  money: () => createMoney(genesis),
  model: () => createModel(genesis),
  pace: () => createPace(SWARM, BOOK),
  records: createRecords,
} as const satisfies Record<string, () => Checker>

describe('a run in which nothing fails', () => {
  test.each(Object.entries(CHECKERS))('is accepted: %s', (_, create) => {
    expect(judged(create(), SEEN)).toBeUndefined()
  })
})

/** A balance with which nothing ever happened. */
const emptied = (text: string): string =>
  text.replaceAll(/"(available|held|totalIn|totalOut)":\d+/g, (_, member) => `"${member}":0`)

type Row = readonly [
  checker: keyof typeof CHECKERS,
  what: string,
  seen: () => Forged,
  complaint: string,
]

const rows: readonly Row[] = [
  [
    'agreement',
    'another block at one height',
    () => withBlock(() => true, otherBlock, 'last'),
    'height',
  ],
  [
    'ancestry',
    'a block on another parent',
    () => withHeader(({ stateRoot }) => ({ parentDigest: stateRoot })),
    'has another parent',
  ],
  ['ancestry', 'a view that is not later', () => withHeader(() => ({ view: 1 })), 'view 1 after'],
  [
    'ancestry',
    'a view that was passed over and not nullified',
    () => withHeader(({ view }) => ({ view: view + 1 })),
    'is not nullified',
  ],
  [
    'ancestry',
    'a time that does not rise',
    () => withHeader(() => ({ timestampMs: 1 })),
    'is not later than its parent',
  ],
  [
    'answers',
    'another outcome than was told',
    () =>
      withAnswer((end) =>
        end.kind === 'expired'
          ? end
          : { ...end, event: { ...end.event, outcome: 'insufficient_funds' } },
      ),
    'told otherwise',
  ],
  [
    'answers',
    'a payment that is executed and called expired',
    () => withAnswer(() => ({ kind: 'expired', height: 1, timeMs: 1 })),
    'called',
  ],
  [
    'certificates',
    'a signer too few',
    () =>
      withCertificate(({ signers, signatures }) => ({
        signers: signers.slice(1),
        signatures: signatures.slice(1),
      })),
    'signers',
  ],
  [
    'certificates',
    'a signature of somebody else',
    () => withCertificate(({ signatures }) => ({ signatures: signatures.toReversed() })),
    'does not verify',
  ],
  [
    'copies',
    'a final block that one disk alone has',
    () => SEEN.filter(({ type, who }) => type !== 'durable' || who.index === 0),
    'is on 1 honest disks',
  ],
  [
    'identical',
    'another record at one node',
    () =>
      withBlock(({ writes }) => writes.some(({ family }) => family === 'balance'), richer, 'last'),
    'other records',
  ],
  [
    'identical',
    'another outcome at one node',
    () => withBlock(hasTransactions, ({ events }) => ({ events: events.slice(1) }), 'last'),
    'other outcomes',
  ],
  [
    'money',
    'a sale that makes money',
    () =>
      withEvent(isSale, ({ movements }) => ({
        movements: movements.filter(({ change }) => change > 0),
      })),
    'a sale made',
  ],
  [
    'money',
    'a sale that loses money',
    () =>
      withEvent(isSale, ({ movements }) => ({
        movements: movements.filter(({ change }) => change < 0),
      })),
    'a sale lost',
  ],
  [
    'money',
    'more spent than there was',
    () =>
      withEvent(isSale, ({ movements }) => ({
        movements: movements.map((one) => ({ ...one, change: one.change * 1_000_000 })),
      })),
    'fell to',
  ],
  [
    'money',
    'a refusal that moves money',
    () => withEvent(isSale, () => ({ outcome: 'insufficient_funds' })),
    'moved money',
  ],
  [
    'money',
    'a payment that ends twice',
    () => withBlock(hasTransactions, ({ events }) => ({ events: [...events, ...events] })),
    'ended twice',
  ],
  [
    'money',
    'a transaction that is executed twice',
    () =>
      withBlock(hasTransactions, ({ transactions }) => ({
        transactions: [...transactions, ...transactions],
      })),
    'at heights',
  ],
  [
    'model',
    'a sale that is refused though there is enough',
    () => withEvent(isSale, () => ({ outcome: 'insufficient_funds' })),
    'by the model applied',
  ],
  [
    'model',
    'a balance with a unit too much',
    () => withBlock(({ events }) => events.some(isSale), richer),
    'by the model it is',
  ],
  [
    'model',
    'a balance that is not written',
    () =>
      withBlock(
        ({ events }) => events.some(isSale),
        () => ({ writes: [] }),
      ),
    'is written as undefined',
  ],
  [
    'model',
    'a transaction that is left out',
    () =>
      withBlock(hasTransactions, ({ transactions, events }) => ({
        transactions: transactions.slice(1),
        events: events.slice(1),
      })),
    '',
  ],
  [
    'model',
    'a transaction that is executed twice',
    () =>
      withBlock(hasTransactions, ({ transactions, events }) => ({
        transactions: [...transactions, ...transactions],
        events: [...events, ...events],
      })),
    'a second time',
  ],
  [
    'model',
    'a transaction that is executed too late',
    () => withHeader(({ timestampMs }) => ({ timestampMs: timestampMs + 1_000_000 })),
    'after it expired',
  ],
  [
    'records',
    'a balance beside its totals',
    () => withRecord('balance', 'available', (amount) => amount + 1),
    'there',
  ],
  [
    'records',
    'a sale refunded beyond its sum',
    () => withRecord('sale', 'refunded', () => 1_000_000),
    'is refunded 1000000',
  ],
  [
    'records',
    'totals that fall',
    () =>
      withBlock(
        ({ events }) => events.some(isSale),
        ({ writes }) => ({
          writes: writes.map((write) =>
            write.family === 'balance' ? { ...write, text: emptied(write.text) } : write,
          ),
        }),
      ),
    'a total fell',
  ],
  [
    'pace',
    'a block that is final a millisecond late',
    () => SEEN.map((one) => (isFinal(one) ? { ...one, atMs: one.atMs + 1 } : one)),
    'is final after',
  ],
]

describe('a forged run is noticed', () => {
  test.each(rows)('%s: %s', (name, _, seen, complaint) => {
    const wrong = judged(CHECKERS[name](), seen())
    expect(wrong).toBeDefined()
    expect(wrong).toContain(complaint)
  })
})
