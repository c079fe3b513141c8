import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { sha256 } from '#digest'
import type { NodeOperations } from '#node/control/operations.ts'
import { PAIRING_ANSWERS_MS, PAIRING_LIFE_MS, PAIRINGS_MAX } from '#node/pairing/limits.ts'
import { createPairings } from '#node/pairing/pair-till.ts'
import { newPairingCode, pairingHashOf } from '#node/pairing/pairing-code.ts'
import { PairingStore } from '#node/pairing/pairing-store.ts'
import { utf8 } from '#protocol/bytes.ts'
import { type Actor, actor } from '../../support/actors.ts'
import { closeBars } from '../desk/bar.ts'
import { closeDoors } from '../desk/open-door.ts'
import { openStage } from '../desk/signed-stage.ts'
import type { Bar } from '../desk/solo-node.ts'

afterEach(async () => {
  await closeDoors()
  closeBars()
})

const TABLET = actor('tablet')
const THIEF = actor('thief')
const TERMS = { till: 'tablet', actions: ['read', 'sale'], caps: {} } as const
const terms = () => ({ ...TERMS, actions: [...TERMS.actions] })

const folder = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'kermesse-pairing-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

const storeAt = (path: string, { node }: Bar) =>
  PairingStore.open({
    file: join(path, 'pairings.json'),
    wallMs: node.clock.wallMs,
    newId: node.newId,
  })

type Submit = NodeOperations['submit']

const pairingsOf = (store: PairingStore, { node }: Bar, submit: Submit = node.submit) =>
  createPairings({
    store,
    submit,
    secrets: { get: () => sha256(utf8('actor bar')) },
    networkId: node.origin.networkId,
  })

/** A bar whose door takes pairings, and a code for it. */
const opened = async () => {
  const path = await folder()
  let store: PairingStore | undefined
  const stage = await openStage(async (bar) => {
    store = await storeAt(path, bar)
    return { pairings: pairingsOf(store, bar) }
  })
  if (store === undefined) throw new Error('no store')
  const made = await store.create(terms())
  if (made === undefined) throw new Error('no room')
  const { code } = made
  const pair = (who: Actor, text = code) =>
    stage.ask(who, { method: 'POST', path: '/v1/pairings', body: JSON.stringify({ code: text }) })
  return { ...stage, path, store, code, pair }
}

const grantsOf = ({ node }: Bar, { key }: Actor) =>
  [...node.view().records('grant')].filter(({ grantee }) => grantee === key)

describe('a pairing code', () => {
  test('gives the key that shows it a grant, with which it reads at once', async () => {
    const { bar, pair, ask } = await opened()
    const paired = await pair(TABLET)
    expect(paired.status).toBe(201)
    const [grant] = grantsOf(bar, TABLET)
    expect(paired.answer).toEqual({
      place: bar.place,
      grant: grant?.id,
      till: 'tablet',
      actions: ['read', 'sale'],
      network: bar.node.origin.networkId,
      node: expect.stringMatching(/^12D3KooW/),
    })
    if (grant === undefined) throw new Error('no grant')
    expect((await ask(TABLET, { path: '/v1/assets' }, { grant: grant.id })).status).toBe(200)
  })

  test('is one grant: the same key is told it again, another key is refused', async () => {
    const { bar, pair } = await opened()
    const [first, second] = [await pair(TABLET), await pair(TABLET)]
    expect([first.status, second.status]).toEqual([201, 200])
    expect(second.answer).toEqual(first.answer)
    expect(second.headers.get('idempotent-replayed')).toBe('true')
    expect((await pair(THIEF)).said).toBe('pairing_spent')
    expect(grantsOf(bar, TABLET)).toHaveLength(1)
    expect(grantsOf(bar, THIEF)).toHaveLength(0)
  })

  test('raced for by two keys and by one key twice, is one grant', async () => {
    const { bar, pair } = await opened()
    const answers = await Promise.all([pair(TABLET), pair(THIEF), pair(TABLET), pair(THIEF)])
    const grants = [...grantsOf(bar, TABLET), ...grantsOf(bar, THIEF)]
    expect(grants).toHaveLength(1)
    const said = answers.map(({ said: each }) => each).toSorted()
    expect(said.slice(2)).toEqual(['pairing_spent', 'pairing_spent'])
  })

  test.each([
    ['another', 'AAAA-AAAA-AAAA-AAAA', 'pairing_unknown'],
    ['none', 'hello', 'pairing_unknown'],
  ])('that is %s is refused', async (_, text, code) => {
    const { bar, pair } = await opened()
    expect((await pair(TABLET, text)).said).toBe(code)
    expect(grantsOf(bar, TABLET)).toHaveLength(0)
  })

  test('is as good in small letters, with O for 0 and without its dashes', async () => {
    const { pair, code } = await opened()
    const typed = code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')
    expect((await pair(TABLET, typed)).status).toBe(201)
  })

  test('ends after ten minutes, unless it was used; then it is answered for a day', async () => {
    const { machine, pair, store } = await opened()
    const late = await store.create(terms())
    expect((await pair(TABLET)).status).toBe(201)
    machine.advance(PAIRING_LIFE_MS)
    expect((await pair(TABLET)).status).toBe(200)
    expect((await pair(TABLET, late?.code)).said).toBe('pairing_expired')
    machine.advance(PAIRING_ANSWERS_MS)
    expect((await pair(TABLET)).said).toBe('pairing_expired')
  })

  test('wants a signed request, for this node and with this body', async () => {
    const { ask, code, sendAs, signed, send } = await opened()
    const body = JSON.stringify({ code })
    const request = { method: 'POST', path: '/v1/pairings', body } as const
    expect((await sendAs('Bearer x', request)).said).toBe('credential_missing')
    const forged = await ask(TABLET, request, { sign: THIEF.sign })
    expect(forged.said).toBe('request_signature_invalid')
    const other = signed(TABLET, { ...request, body: '{}' })
    expect((await send(other, request)).said).toBe('request_signature_invalid')
  })

  test('is guessed no more often than the bound allows, by whomever', async () => {
    const { pair } = await opened()
    const guesses = await Promise.all(
      Array.from({ length: 60 }, (_, n) => pair(actor(`guesser ${n % 7}`), newPairingCode())),
    )
    const said = new Set(guesses.map(({ said: each }) => each))
    expect(said).toEqual(new Set(['pairing_unknown', 'rate_limited']))
  })
})

describe('a power cut', () => {
  test('between the binding and the grant leaves the code to its key, for one grant', async () => {
    const { bar, path, store, code } = await opened()
    const cut = pairingsOf(store, bar, () => Promise.reject(new Error('power cut')))
    await expect(cut.pair({ code, key: TABLET.key }, 5_000)).rejects.toThrow('power cut')
    const again = pairingsOf(await storeAt(path, bar), bar)
    expect(await again.pair({ code, key: THIEF.key }, 5_000)).toMatchObject({
      code: 'pairing_spent',
    })
    expect(await again.pair({ code, key: TABLET.key }, 5_000)).toMatchObject({ kind: 'paired' })
    expect(grantsOf(bar, TABLET)).toHaveLength(1)
  })

  test('between the grant and its note finds that grant again', async () => {
    const { bar, path, store, code } = await opened()
    const forgetful = createPairings({
      store: { claim: (...claim) => store.claim(...claim), granted: () => Promise.reject(CUT) },
      submit: bar.node.submit,
      secrets: { get: () => sha256(utf8('actor bar')) },
      networkId: bar.node.origin.networkId,
    })
    await expect(forgetful.pair({ code, key: TABLET.key }, 5_000)).rejects.toThrow('power cut')
    const again = pairingsOf(await storeAt(path, bar), bar)
    const paired = await again.pair({ code, key: TABLET.key }, 5_000)
    expect(paired).toMatchObject({ kind: 'paired', replayed: true })
    expect(grantsOf(bar, TABLET)).toHaveLength(1)
  })
})

const CUT = new Error('power cut')

describe('the file of pairings', () => {
  test('holds no code, and is the owner’s alone', async () => {
    const { path, code, pair } = await opened()
    await pair(TABLET)
    const text = await readFile(join(path, 'pairings.json'), 'utf8')
    expect(text).not.toContain(code)
    expect(text).not.toContain(code.replaceAll('-', ''))
    expect(text).toContain(pairingHashOf(code))
  })

  test('that is damaged stops the start with what to do', async () => {
    const { path, bar } = await opened()
    await writeFile(join(path, 'pairings.json'), '{')
    await expect(storeAt(path, bar)).rejects.toThrow('delete it and pair again')
  })

  test('is bounded', async () => {
    const { store } = await opened()
    const codes = Array.from({ length: PAIRINGS_MAX }, () => store.create(terms()))
    const made = await Promise.all(codes)
    expect(made.filter((each) => each === undefined)).toHaveLength(1)
  })
})
