import { describe, expect, test } from 'vitest'
import { networkIdOf } from '#protocol/genesis.ts'
import { buildBlock } from '#protocol/ledger/build-block.ts'
import { KINDS } from '#protocol/ledger/kinds.ts'
import { createLedger } from '#protocol/ledger/ledger.ts'
import { parseTransaction } from '#protocol/transaction/parse.ts'
import { verifyTransaction } from '#protocol/transaction/verify.ts'
import { calm } from './calm.ts'
import { createCircuit } from './circuit.ts'
import { createStandInKeys } from './keys.ts'
import { CODE_NAMES, LOAD_KINDS, UNREACHABLE } from './ledger-codes.ts'
import { ModelBody } from './model-body.ts'
import { REFUSALS } from './model-codes.ts'
import { createModelLedger } from './model-ledger.ts'
import { createPayments } from './payments.ts'
import { createRandom } from './random.ts'
import { START_MS } from './start.ts'

/** Deeds of one fair, and so many fairs that each has its share of what is rare. */
const DEEDS = 300
const FAIRS = 20
const ROOMY = { transactions: 4_096, bytes: 1_000_000, isQuarantined: () => false }

/** Plays one fair on a ledger alone; every block is held against the model. Gives how things ended. */
const playFair = (seed: number): readonly string[] => {
  const keys = createStandInKeys()
  const circuit = createCircuit(calm({ seed }), keys)
  const { genesis } = circuit
  const ledger = createLedger(genesis)
  const model = createModelLedger(genesis)
  const payments = createPayments(circuit, keys)
  const random = createRandom(`fair ${seed}`)
  const networkId = networkIdOf(genesis)
  const ends: string[] = []
  let [height, timestampMs] = [0, START_MS + 2_000]

  const record = (texts: readonly string[]): void => {
    const candidates = texts.map((text) => {
      const parsed = parseTransaction(text, networkId)
      if (!parsed.ok) throw new Error(`${parsed.code}: ${text}`)
      const verified = verifyTransaction(parsed, keys.verify)
      if (typeof verified === 'string') throw new Error(verified)
      return verified
    })
    height += 1
    const parentMs = timestampMs
    timestampMs += 100
    const frame = { height, parentMs, timestampMs }
    const built = buildBlock(ledger, { ...frame, candidates, limits: ROOMY })
    if (!built.ok) throw new Error('the ledger is broken')
    expect(built.poisonous).toEqual([])
    model.begin(timestampMs)
    for (const [index, { kind, outcome, scope, id }] of built.events.entries()) {
      const text = built.transactions[index]?.text ?? ''
      const said = model.execute(text, timestampMs)
      expect(`${kind} ${said.payment} ${said.outcome}`).toBe(`${kind} ${scope}/${id} ${outcome}`)
      ends.push(outcome, `${kind} ${outcome === 'applied' ? outcome : 'refused'}`)
    }
  }

  for (const wave of payments.opening(timestampMs)) record(wave().map(({ text }) => text))
  for (let deed = 0; deed < DEEDS; deed++) {
    record(payments.act(random, timestampMs).map(({ text }) => text))
  }
  return ends
}

describe('the deeds of a fair', () => {
  test('are of every kind there is, applied and refused, for every reason there is', () => {
    const seeds = Array.from({ length: FAIRS }, (_, index) => index + 1)
    const met = new Set(seeds.flatMap(playFair))
    expect(CODE_NAMES.filter((name) => !met.has(name))).toEqual([])
    expect(Object.keys(UNREACHABLE).filter((code) => met.has(code))).toEqual([])
  })
})

describe('the model', () => {
  test('knows every kind of the load', () => {
    const known = ModelBody.options.map(({ shape }) => shape.kind.value)
    expect(LOAD_KINDS.filter((kind) => !known.some((each) => each === kind))).toEqual([])
  })

  test('knows every refusal code of every kind, from the specification', () => {
    const codes = Object.values(KINDS).flatMap(({ codes: each }): readonly string[] => each)
    expect(codes.filter((code) => !REFUSALS.includes(code))).toEqual([])
  })
})
