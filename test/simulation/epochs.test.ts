import { describe, expect, test } from 'vitest'
import { originOf } from '#node/recovery/genesis-block.ts'
import { FLAG_SEALING, type Header, isSealing } from '#protocol/chain/header.ts'
import { calm } from './calm.ts'
import { seatFault } from './changes.ts'
import { createAncestry } from './checkers/ancestry.ts'
import { createCertificates } from './checkers/certificates.ts'
import { createCopies } from './checkers/copies.ts'
import { createEpochs } from './checkers/epochs.ts'
import { createModel } from './checkers/model.ts'
import { createMonotone } from './checkers/monotone.ts'
import { createPace } from './checkers/pace.ts'
import { createQuorums } from './checkers/quorums.ts'
import { createVotes } from './checkers/votes.ts'
import { createCircuit } from './circuit.ts'
import { drawSwarm } from './draw-swarm.ts'
import { createEpochBook, type EpochBook } from './epoch-book.ts'
import { certificatesIn } from './judges.ts'
import { createStandInKeys } from './keys.ts'
import type { Checker, Observation, ObservationOf } from './observation.ts'
import { simulate } from './simulate.ts'
import type { Change } from './swarm.ts'

const change = (
  atMs: number,
  members: readonly number[],
  version: number | null = null,
): Change => ({
  atMs,
  through: 0,
  members,
  version,
  twice: false,
})
const candidates = Array.from({ length: 4 }, () => ({ operatorOf: null }))

describe('a network in which nothing fails, and whose authorities change', () => {
  // Machines: the authorities, a follower, and from 5 on (2 where one begins) the candidates.
  test.each([
    ['the same again', 4, [0, 1, 2, 3]],
    ['one for another', 4, [0, 1, 2, 5]],
    ['four become seven', 4, [0, 1, 2, 3, 5, 6, 7]],
    ['all for others', 4, [5, 6, 7, 8]],
    ['one becomes four', 1, [0, 2, 3, 4]],
    ['four become one', 4, [2]],
  ] as const)('%s: final after exactly 3δ, before and after', (_, authorities, members) => {
    const epochs = new Map<number, number>()
    const outcome = simulate(
      calm({ authorities, candidates, changes: [change(2_000, members)], load: 'single' }),
      { watch: (seen) => countEpoch(epochs, seen) },
    )
    expect(outcome.failure).toBeUndefined()
    expect([...epochs.keys()].sort()).toEqual([1, 2])
    expect(epochs.get(2)).toBeGreaterThan(2)
  })
})

const countEpoch = (epochs: Map<number, number>, seen: Observation): void => {
  if (seen.type !== 'final' || seen.who.name !== 'f0') return
  const { epoch } = seen.block.block.header
  epochs.set(epoch, (epochs.get(epoch) ?? 0) + 1)
}

/** Two changes, one with other rules, under load: every checker is content with it as it was. */
const SWARM = calm({
  load: 'hotWallets',
  troubledMs: 8_000,
  candidates,
  changes: [change(2_000, [0, 1, 2, 5]), change(4_000, [0, 1, 5, 6], 2)],
})
const KEYS = createStandInKeys()
const CIRCUIT = createCircuit(SWARM, KEYS)
const ORIGIN = originOf(CIRCUIT.genesis)
const SEEN: readonly Observation[] = (() => {
  const seen: Observation[] = []
  const { failure } = simulate(SWARM, { watch: (one) => seen.push(one, ...certificatesIn(one)) })
  if (failure !== undefined) throw new Error(failure.message)
  return seen
})()

const CHECKERS = {
  ancestry: () => createAncestry(ORIGIN),
  certificates: (book: EpochBook) => createCertificates({ chainId: CHAIN_ID, book }, KEYS.verify),
  copies: createCopies,
  epochs: createEpochs,
  model: () => createModel(CIRCUIT.genesis),
  monotone: createMonotone,
  pace: (book: EpochBook) => createPace(SWARM, book),
  quorums: createQuorums,
  votes: createVotes,
} as const satisfies Record<string, (book: EpochBook) => Checker>
const CHAIN_ID = Uint8Array.from(Buffer.from(ORIGIN.chainId, 'hex'))

/** What a checker says of a run; the book is read from the run as it was. */
const judged = (name: keyof typeof CHECKERS, seen: readonly Observation[]): string | undefined => {
  const book = createEpochBook(CIRCUIT)
  for (const observation of SEEN) book.see(observation)
  const checker = CHECKERS[name](book)
  for (const observation of seen) {
    const wrong = checker.see(observation)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

test.each(Object.keys(CHECKERS).filter(isChecker))(
  'a run over two boundaries is accepted: %s',
  (name) => {
    expect(judged(name, SEEN)).toBeUndefined()
  },
)

test('who crosses a boundary in amnesia is held to its store again after that', () => {
  const crossed = SEEN.findIndex(
    (one) => one.type === 'standing' && one.who.name === 'a0' && one.epoch === 2,
  )
  const lame = SEEN.map((one, index): Observation => {
    if (one.who.name !== 'a0' || index > crossed) return one
    return { ...one, who: { ...one.who, impaired: true } }
  })
  expect(lame).not.toEqual(SEEN)
  expect(judged('epochs', lame)).toBeUndefined()
})

test('who was put back begins anew in an earlier epoch, and nobody else does', () => {
  const first = SEEN.find((one) => one.type === 'standing' && one.who.name === 'a0')
  if (first === undefined) throw new Error('a0 never stood anywhere')
  const boot = { type: 'boot', who: first.who, atMs: 0, records: [], height: 0 } as const
  const back = { ...boot, who: { ...boot.who, impaired: true } }
  expect(judged('epochs', [...SEEN, back, first])).toBeUndefined()
  expect(judged('epochs', [...SEEN, boot, first])).toContain('epoch 1 after epoch 3')
})

function isChecker(name: string): name is keyof typeof CHECKERS {
  return name in CHECKERS
}

const isFinal = (one: Observation): one is ObservationOf<'final'> => one.type === 'final'
const isSealed = (one: Observation): boolean => isFinal(one) && isSealing(one.block.block.header)

/** The run with the headers of some blocks changed. */
const withHeader = (isIt: (header: Header) => boolean, change: Partial<Header>) =>
  SEEN.map((one): Observation => {
    if (!isFinal(one) || !isIt(one.block.block.header)) return one
    const { block } = one.block
    const header = { ...block.header, ...change }
    return { ...one, block: { ...one.block, block: { ...block, header } } }
  })

/** The run with what somebody said, and kept, in another epoch. */
const afterSealing = (make: (sealed: Observation) => readonly Observation[]) =>
  SEEN.flatMap((one) =>
    isSealed(one) && one === SEEN.find(isSealed) ? [one, ...make(one)] : [one],
  )

const isVote = (one: Observation): one is ObservationOf<'vote'> => one.type === 'vote'
const voteOf = (epoch: number): ObservationOf<'vote'> => {
  const found = SEEN.filter(isVote).find(({ vote }) => vote.epoch === epoch)
  if (found === undefined) throw new Error(`no vote of epoch ${epoch}`)
  return found
}
const isIn = (epoch: number) => (header: Header) => header.epoch === epoch
const inEpoch = (one: Observation, epoch: number): Observation =>
  one.type === 'standing' ? { ...one, epoch } : one

describe('what is wrong at a boundary is noticed', () => {
  const rows: readonly (readonly [
    keyof typeof CHECKERS,
    string,
    () => readonly Observation[],
    string,
  ])[] = [
    [
      'epochs',
      'a change that seals nothing',
      () => withHeader(isSealing, { flags: 0 }),
      'does not seal',
    ],
    [
      'epochs',
      'a seal without a change',
      () => withHeader(({ height }) => height === 3, { flags: FLAG_SEALING }),
      'seals without a change',
    ],
    [
      'epochs',
      'another set to come',
      () => withHeader(isSealing, { nextSetHash: CIRCUIT.set.hash }),
      'names another set to come',
    ],
    [
      'epochs',
      'a block of the set that was',
      () => withHeader(isIn(2), { authoritySetHash: CIRCUIT.set.hash }),
      'names another set',
    ],
    [
      'epochs',
      'a block above the last one of its epoch',
      () => withHeader(isIn(2), { epoch: 1 }),
      'in epoch 1',
    ],
    [
      'epochs',
      'rules that came too early',
      () => withHeader(isIn(2), { version: 2 }),
      'follows rules 2',
    ],
    [
      'epochs',
      'rules that did not come',
      () => withHeader(isIn(3), { version: 1 }),
      'follows rules 1',
    ],
    [
      'epochs',
      'a new vote of an epoch that is over for who gives it',
      () =>
        afterSealing(({ who, atMs }) => {
          const { vote } = voteOf(1)
          return [{ ...voteOf(1), who, atMs, vote: { ...vote, view: 9_999 } }]
        }),
      'after the end of epoch 1',
    ],
    [
      'epochs',
      'a vote of who was voted out',
      () =>
        SEEN.map((one) =>
          isVote(one) && one.vote.epoch === 2 ? { ...one, who: { ...one.who, index: 3 } } : one,
        ),
      'by who is not member',
    ],
    [
      'epochs',
      'a node in an epoch that its store does not begin',
      () => SEEN.filter(({ type }) => type !== 'stored'),
      'in epoch 2 with a store at',
    ],
    [
      'epochs',
      'a node in an epoch that nobody began',
      () => SEEN.map((one) => inEpoch(one, 4)),
      'has not begun',
    ],
    [
      'epochs',
      'a node that goes back',
      () => [...SEEN, ...SEEN.slice(0, 400).filter(({ type }) => type === 'standing')],
      'epoch 1 after epoch 3',
    ],
    [
      'monotone',
      'a view that falls within an epoch',
      () => [
        ...SEEN,
        ...SEEN.filter((one) => one.type === 'standing' && one.epoch === 3).slice(0, 1),
      ],
      'after view',
    ],
    [
      'certificates',
      'a certificate of an epoch to come',
      () =>
        SEEN.map((one) =>
          one.type === 'certificate'
            ? { ...one, certificate: { ...one.certificate, epoch: 4 } }
            : one,
        ),
      'has not begun',
    ],
    [
      'certificates',
      'a certificate of the wrong epoch',
      () =>
        SEEN.map((one) =>
          one.type === 'certificate'
            ? { ...one, certificate: { ...one.certificate, epoch: 2 } }
            : one,
        ),
      'does not verify',
    ],
    [
      'ancestry',
      'a view of the next epoch that nobody nullified',
      () => withHeader(({ epoch, view }) => epoch === 2 && view === 1, { view: 2 }),
      'is not nullified',
    ],
    [
      'ancestry',
      'a sealing block that is final much later',
      () =>
        SEEN.map((one) =>
          isFinal(one) && isSealed(one)
            ? { ...one, certificate: { ...one.certificate, view: one.certificate.view + 3 } }
            : one,
        ),
      'is neither',
    ],
    [
      'copies',
      'a block that only those have who were voted out',
      () =>
        SEEN.filter(({ type, who }) => type !== 'durable' || who.index === 3 || who.index === 2),
      'honest disks',
    ],
    [
      'votes',
      'a vote of an epoch that is on disk as one of another',
      () =>
        SEEN.map((one) =>
          isVote(one) && one.vote.epoch === 2 ? { ...one, vote: { ...one.vote, epoch: 1 } } : one,
        ),
      '',
    ],
    [
      'model',
      'a change that is refused though all is there',
      () =>
        SEEN.map((one) =>
          isFinal(one) && isSealed(one)
            ? {
                ...one,
                block: {
                  ...one.block,
                  events: one.block.events.map((event) => ({
                    ...event,
                    outcome: 'change_in_flight' as const,
                  })),
                },
              }
            : one,
        ),
      'by the model applied',
    ],
  ]
  test.each(rows)('%s: %s', (name, _, seen, complaint) => {
    const wrong = judged(name, seen())
    expect(wrong).toBeDefined()
    expect(wrong).toContain(complaint)
  })
})

describe('the part of a node in the end', () => {
  const seating = (kind: string, me?: number) => ({
    epoch: 2,
    seat: me === undefined ? { kind } : { kind, me },
  })
  test.each([
    [
      'a member that votes',
      seating('authority', 1),
      { epoch: 2, member: 1, voted: true },
      undefined,
    ],
    ['a follower', seating('follower'), { epoch: 2, member: undefined, voted: false }, undefined],
    ['one that is down', undefined, { epoch: 2, member: undefined, voted: false }, 'is down'],
    [
      'one that stayed behind',
      seating('follower'),
      { epoch: 3, member: undefined, voted: false },
      'is in epoch 2 of 3',
    ],
    [
      'one that was voted out and stays',
      seating('authority', 1),
      { epoch: 2, member: undefined, voted: true },
      'is authority 1',
    ],
    [
      'one that was voted in and follows',
      seating('follower'),
      { epoch: 2, member: 1, voted: false },
      'is follower',
    ],
    [
      'a member that is silent',
      seating('authority', 1),
      { epoch: 2, member: 1, voted: false },
      'does not vote',
    ],
  ] as const)('%s', (_, at, wanted, complaint) => {
    if (complaint === undefined) expect(seatFault(at, wanted)).toBeUndefined()
    else expect(seatFault(at, wanted)).toContain(complaint)
  })
})

test('every set that is drawn tolerates those who may fail', () => {
  const swarms = Array.from({ length: 600 }, (_, seed) => drawSwarm(seed + 1))
  const changed = swarms.filter(({ changes }) => changes.length > 0)
  expect(changed.length).toBeGreaterThan(120)
  for (const { liars, victims, changes } of changed) {
    const faulty = new Set([...liars.map(({ member }) => member), ...victims])
    for (const { members } of changes) {
      expect(members.length === 1 || members.length >= 4).toBe(true)
      const few = members.filter((machine) => faulty.has(machine)).length
      expect(few).toBeLessThanOrEqual(Math.floor((members.length - 1) / 3))
    }
  }
})
