import { describe, expect, test } from 'vitest'
import { apiKey } from '#api/client/credential.ts'
import { KermesseError } from '#api/client/error.ts'
import { memoryJournal } from '#api/client/journal.ts'
import { objectIn } from '#api/client/json.ts'
import type { Outcome } from '#api/client/outcome.ts'
import { bodyTextIn, idInText, signerOfSeed } from '#api/client/signer.ts'
import { openTill } from '#api/client/till.ts'
import { CARD, idOf, PLACE } from '../fake-ports.ts'
import { HostileNode, json, networkAt, problem, VALIDITY_MS, viewOf } from './hostile-node.ts'
import { START_MS, virtualWorld } from './virtual-world.ts'

const signer = signerOfSeed(new Uint8Array(32).fill(7), {
  ...{ network: idOf('net'), place: PLACE, grant: idOf('grt') },
})
const ORDER = { payers: [{ card: CARD }], amount: 650 }

const saidBy = (asking: Promise<Outcome>): Promise<string> =>
  asking.then(
    ({ status }) => status,
    (error: unknown) => (error instanceof KermesseError ? error.code : String(error)),
  )

const expIn = (text: string): number => {
  const payload = objectIn(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString())
  return Number(payload?.['exp'])
}

const idTimeMs = (id: string): number => Number.parseInt(id.replace('-', '').slice(0, 12), 16)

type Answering = (heard: { readonly text: string; readonly cancels: boolean }) => Response
/** A signing till, before a node that answers signed texts as told. */
const signing = async (
  answer: Answering,
  options: { skewMs?: number; ledgerMs?: number; validityMs?: number } = {},
) => {
  const texts: string[] = []
  const world = virtualWorld({
    ...(options.skewMs !== undefined && { skewMs: options.skewMs }),
    fetch: async (url, request) => {
      if (url.endsWith('/v1/network')) {
        return json(
          200,
          JSON.stringify(networkAt(options.ledgerMs ?? START_MS, options.validityMs)),
        )
      }
      const text = String(request.body)
      texts.push(text)
      return answer({ text, cancels: (bodyTextIn(text) ?? '').includes('payment.cancel') })
    },
  })
  const journal = memoryJournal()
  const till = await openTill({ url: 'http://node.test', journal, signer, world })
  return { till, world, texts, journal }
}

const dated = (response: Response, timeMs: number): Response => {
  response.headers.set('date', new Date(timeMs).toUTCString())
  return response
}

describe('a cancellation that a till signs', () => {
  test('ends when its id lapses, whatever the clock of the device says', async () => {
    const { till, world, texts } = await signing(
      ({ text }) => json(200, JSON.stringify(viewOf(idInText(text) ?? '', 'cancelled'))),
      { skewMs: 20_000 },
    )
    const id = till.newId()
    await world.finish(till.cancel(id))
    expect(expIn(texts[0] ?? '')).toBe(Math.floor((idTimeMs(id) + VALIDITY_MS) / 1_000))
  })

  test('by submit() too lives as long as ids do on this network', async () => {
    const validityMs = VALIDITY_MS / 4
    const { till, world, texts } = await signing(
      ({ text }) => json(200, JSON.stringify(viewOf(idInText(text) ?? '', 'cancelled'))),
      { validityMs },
    )
    const id = till.newId()
    const { place, grant } = signer
    const body = { kind: 'payment.cancel', place, ...(grant && { grant }) } as const
    await world.finish(till.submit({ id, body }))
    expect(expIn(texts[0] ?? '')).toBe(Math.floor((idTimeMs(id) + validityMs) / 1_000))
  })

  test('that expired before its payment could is not the outcome of the payment', async () => {
    let isApplied = false
    const { till, world } = await signing(
      ({ text, cancels }) => {
        const id = idInText(text) ?? ''
        if (isApplied) {
          const outcome = viewOf(id, 'applied')
          return dated(
            problem(409, 'already_applied', false, {}, { paymentId: id, outcome }),
            START_MS,
          )
        }
        if (!cancels) throw new TypeError('the answer is lost')
        // As an older node says it of a cancellation of 65 seconds.
        const time = new Date(START_MS + 65_000).toISOString()
        return dated(
          problem(410, 'expired', false, {}, { paymentId: id, height: 9, time }),
          START_MS + 66_000,
        )
      },
      { skewMs: 20_000 },
    )
    const id = till.newId()
    expect(await world.finish(saidBy(till.pay({ ...ORDER, id })))).toBe('outcome_unknown')
    expect(await world.finish(saidBy(till.cancel(id)))).toBe('outcome_unknown')
    expect(till.open()).toMatchObject([{ id, cancel: true }])
    isApplied = true
    const { settled } = await world.finish(till.resolve())
    expect(settled).toMatchObject([{ id, status: 'applied' }])
  })

  test('a payment that is over by the ledger has expired', async () => {
    const { till, world } = await signing(({ text, cancels }) => {
      if (!cancels) throw new TypeError('the answer is lost')
      const time = new Date(START_MS + 61_000).toISOString()
      return problem(410, 'expired', false, {}, { paymentId: idInText(text), height: 9, time })
    })
    const id = till.newId()
    await world.finish(saidBy(till.pay({ ...ORDER, id })))
    expect(await world.finish(saidBy(till.cancel(id)))).toBe('expired')
    expect(till.open()).toEqual([])
  })

  test.each(['expired', 'cancelled'])(
    'a 410 %s that names no payment decides nothing',
    async (code) => {
      const { till, world } = await signing(() => problem(410, code, false))
      const id = till.newId()
      expect(await world.finish(saidBy(till.cancel(id)))).toBe('outcome_unknown')
      expect(await world.finish(saidBy(till.pay({ ...ORDER, id })))).toBe('outcome_unknown')
      expect(till.open()).toMatchObject([{ id }])
    },
  )

  test('an id that has lapsed, and that the node knows nothing of, has expired', async () => {
    const { till, world } = await signing(() => problem(410, 'expired', false), {
      ledgerMs: START_MS + VALIDITY_MS + 1_000,
    })
    const id = till.newId()
    expect(await world.finish(saidBy(till.cancel(id)))).toBe('expired')
    expect(till.open()).toEqual([])
  })
})

describe('a till that may not cancel', () => {
  const lost = async () => {
    const node = new HostileNode([])
    node.mayCancel = false
    node.ledgerMs = START_MS
    const world = virtualWorld({ fetch: node.fetch })
    const journal = memoryJournal()
    const till = await openTill({
      ...{ url: 'http://node.test', journal, credential: apiKey('krm_live_x'), world },
    })
    await world.finish(till.started)
    node.faults.push(...Array.from({ length: 200 }, () => 'request_lost' as const))
    const id = till.newId()
    await world.finish(saidBy(till.pay({ payers: [{ tag: '04A1B2C3' }], amount: 650, id })))
    node.faults.splice(0)
    return { node, world, till, id }
  }

  test('keeps what the node never heard of while it could still arrive', async () => {
    const { world, till, id } = await lost()
    const { open, settled } = await world.finish(till.resolve())
    expect([open, settled]).toMatchObject([[{ id, error: { code: 'outcome_unknown' } }], []])
  })

  test('is told that it expired once its id has lapsed', async () => {
    const { node, world, till, id } = await lost()
    node.ledgerMs = START_MS + VALIDITY_MS + 120_000
    const { open, settled } = await world.finish(till.resolve())
    expect([open, settled, till.open()]).toEqual([[], [{ id, status: 'expired' }], []])
  })

  test('what is in a block by then is told as applied', async () => {
    const { node, world, till, id } = await lost()
    node.ledgerMs = START_MS + VALIDITY_MS + 120_000
    node.states.set(id, 'applied')
    expect((await world.finish(till.resolve())).settled).toMatchObject([{ id, status: 'applied' }])
  })
})
