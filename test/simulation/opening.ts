import type { FinalBlock } from '#node/pipeline/executor.ts'
import type { Hash } from '#protocol/hash.ts'
import { createCircuit } from './circuit.ts'
import type { DiskImage } from './disk.ts'
import { createEpochBook } from './epoch-book.ts'
import { createFederation } from './federation.ts'
import { createJudges } from './judges.ts'
import { createStandInKeys } from './keys.ts'
import { type Observation, Violation } from './observation.ts'
import { createPromises } from './promises.ts'
import { bringIn, heightOf, OPENING_MS, type Run, WAVE_MS } from './run.ts'
import { START_MS } from './start.ts'
import type { Swarm } from './swarm.ts'
import { createCounter } from './tally.ts'
import { createTrace } from './trace.ts'

/**
 * A fair that was brought in by an undisturbed federation, whose machines were then switched off: what
 * they left on their disks, and what was seen of it, but for each message. Simulations begin with a copy.
 */
export type Opening = {
  readonly seen: readonly Observation[]
  /** By name: authorities, and `FOLLOWER`, as which whoever else there is begins. */
  readonly disks: ReadonlyMap<string, DiskImage>
  /** When its payments were signed, and when its machines were switched off. */
  readonly signedMs: number
  readonly endMs: number
  readonly trace: string
}

/** Everybody who has no vote begins with what this one knows. */
const FOLLOWER = 'f0'

/** Until all of it is stored everywhere. */
const STORING_MS = 1_000

/** Each is made once in a thread; a seed draws one of few. */
const made = new Map<string, Opening>()

/** The opening that a simulation begins with; it follows from the swarm alone. */
export const openingOf = (swarm: Swarm): Opening => {
  const { authorities, blockTransactionsMax, minBlockGapMs, opening } = swarm
  const name = [authorities, blockTransactionsMax, minBlockGapMs, opening].join()
  const known = made.get(name) ?? makeOpening(undisturbed(swarm))
  made.set(name, known)
  return known
}

/**
 * Everybody starts from a copy of what the opening left. Who judges is shown all of it, as if it were the
 * past of these machines, whoever of them lies by now.
 */
export const beginWith = (run: Run, opening: Opening): void => {
  const { federation, show, trace } = run
  const { agenda, machines, payments } = federation
  const { seen, disks, signedMs, endMs } = opening
  if (run.swarm.realSignatures) throw new Error('the disks of an opening hold stand-in signatures')
  trace.note({ atMs: endMs, node: '', event: `opening ${opening.trace}`, sum: 0, detail: () => '' })
  // The same texts again, so that no id is given twice.
  for (const wave of payments.opening(signedMs)) wave()
  for (const observation of seen) {
    const { name } = observation.who
    for (const { who } of machines) {
      if (nameIn(disks, who.name) === name) show({ ...observation, who })
    }
  }
  agenda.advance(endMs)
  for (const { who, disk } of machines) {
    const image = disks.get(nameIn(disks, who.name))
    if (image !== undefined) disk.restore(image)
  }
}

const nameIn = (disks: Opening['disks'], name: string): string =>
  disks.has(name) ? name : FOLLOWER

const undisturbed = (swarm: Swarm): Swarm => ({
  ...swarm,
  seed: 0,
  followers: 1,
  realSignatures: false,
  calm: false,
  overFault: false,
  load: 'single',
  delay: { baseMs: 5, tailMs: 5 },
  ordered: true,
  syncMs: { min: 0, max: 2 },
  skewMaxMs: 0,
  liars: [],
  victims: [],
  plan: [],
  candidates: [],
  changes: [],
  outdated: [],
})

const makeOpening = (swarm: Swarm): Opening => {
  const keys = createStandInKeys()
  const circuit = createCircuit(swarm, keys)
  const book = createEpochBook(circuit)
  const judges = createJudges(swarm, { circuit, book, keys, mayFail: () => false })
  const promises = createPromises()
  const trace = createTrace()
  const seen: Observation[] = []
  const lasting = lastingIn()
  const federation = createFederation({
    swarm,
    circuit,
    book,
    keys,
    trace,
    byzantine: createCounter([]),
    marks: createCounter([]),
    observe: (observation) => {
      book.see(observation)
      judges.see(observation)
      promises.see(observation)
      if (observation.type !== 'sent') seen.push(lasting(observation))
    },
  })
  const { agenda, machines } = federation
  for (const machine of machines) machine.boot()
  agenda.advance(OPENING_MS)
  bringIn({ federation, promises }, WAVE_MS)
  agenda.advance(agenda.nowMs() + STORING_MS)
  const heights = new Set(machines.map(heightOf))
  if (heights.size > 1) throw new Violation('liveness', 'an opening ends at different heights')
  for (const machine of machines) machine.end('kill')
  return {
    seen,
    disks: new Map(machines.map(({ who, disk }) => [who.name, disk.image()])),
    signedMs: START_MS + OPENING_MS,
    endMs: agenda.nowMs(),
    trace: trace.hash(),
  }
}

/**
 * What is seen without reading any process, which goes on. Machines that have the same block or the same
 * records were compared: one copy is kept for all.
 */
const lastingIn = () => {
  const blocks = new Map<Hash, FinalBlock>()
  const texts = new Map<Hash, string>()
  return (observation: Observation): Observation => {
    if (observation.type === 'final') {
      const { digest } = observation.block.block
      const block = blocks.get(digest) ?? observation.block
      blocks.set(digest, block)
      return { ...observation, block }
    }
    if (observation.type !== 'tip') return observation
    const { digest } = observation
    const records = texts.get(digest) ?? observation.records()
    texts.set(digest, records)
    return { ...observation, records: () => records }
  }
}
