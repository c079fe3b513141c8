import { createRandom, type RandomSource } from '#test/simulation/random.ts'
import type { Blow, Partition, Round } from './blow.ts'
import { type Cast, hasQuorum, namesOf, quorumOf } from './cast.ts'

/** How long a start takes, as far as the plan reckons. */
const START_MS = 4_000
const REST_MS = { min: 1_000, max: 4_000 } as const
const FIRST_AT_MS = 3_000

/**
 * Which blows whom when, from a seed alone. Every third round kills, every third one parts the
 * network, the others do all else the machine allows; so the rates do not hang on luck.
 */
export const drawPlan = (seed: number, cast: Cast, lengthMs: number): readonly Round[] => {
  const random = createRandom(`torture ${seed}`)
  const drawing = { random, cast }
  const kills = dealing(random, KILLS)
  const others = dealing(random, othersFor(cast))
  const rounds: Round[] = []
  let atMs = FIRST_AT_MS
  for (;;) {
    const at = rounds.length % 3
    const round = at === 1 ? parting(drawing) : { blow: (at === 0 ? kills : others)()(drawing) }
    const endMs = atMs + nominalMs(round.blow)
    if (endMs > lengthMs) return rounds
    rounds.push({ atMs, ...round })
    atMs = endMs + random.between(REST_MS.min, REST_MS.max)
  }
}

type Drawing = { readonly random: RandomSource; readonly cast: Cast }
type Draw = (drawing: Drawing) => Blow

/** Each of them in turn, in another order every time all have had theirs. */
const dealing = <T>(random: RandomSource, cards: readonly T[]): (() => T) => {
  let deck: readonly T[] = []
  return () => {
    if (deck.length === 0) deck = random.shuffle(cards)
    const [next, ...rest] = deck
    if (next === undefined) throw new Error('nothing to deal')
    deck = rest
    return next
  }
}

const BESIDE = 0.35

const parting = ({ random, cast }: Drawing): Omit<Round, 'atMs'> => {
  const blow = drawPartition({ random, cast })
  if (!random.chance(BESIDE)) return { blow }
  const afterMs = random.between(0, blow.forMs)
  const victims = [besideOf(blow, { random, cast })]
  return { blow, beside: { afterMs, blow: { tag: 'kill', victims, downMs: 0 } } }
}

/** One that is harmed already more often than another, so that a quorum is left most of the time. */
const besideOf = ({ sides }: Partition, { random, cast }: Drawing): string => {
  const harmed = sides.filter((side) => !hasQuorum(cast, side)).flat()
  return random.chance(0.75) ? pick(random, harmed) : pick(random, namesOf(cast))
}

const killing =
  (victimsFor: (drawing: Drawing) => readonly string[]): Draw =>
  (drawing) => ({
    tag: 'kill',
    victims: victimsFor(drawing),
    downMs: drawing.random.between(0, 6_000),
  })

const killInStart: Draw = ({ random, cast }) => ({
  tag: 'kill_in_start',
  victim: pick(random, namesOf(cast)),
  afterMs: random.between(50, 2_500),
})

/** So many authorities that no quorum is left. */
const tooMany = ({ random, cast }: Drawing): readonly string[] =>
  random.shuffle(cast.authorities).slice(0, cast.authorities.length - quorumOf(cast) + 1)

const drawPartition = ({ random, cast }: Drawing): Partition => ({
  tag: 'partition',
  sides: random.chance(0.3) ? withoutQuorum({ random, cast }) : oneAlone({ random, cast }),
  manner: random.pick(['held', 'held', 'refused']),
  forMs: logarithmic(random, 2_000, 20_000),
})

/** One node against all others: mostly an authority, at times with a venue on its side. */
const oneAlone = ({ random, cast }: Drawing): Partition['sides'] => {
  const first = random.chance(0.75) ? pick(random, cast.authorities) : pick(random, cast.venues)
  const second = pick(random, cast.venues)
  const alone = random.chance(0.4) && first !== second ? [first, second] : [first]
  return [alone, namesOf(cast).filter((name) => !alone.includes(name))]
}

/** No side has a quorum: nothing may become final anywhere. */
const withoutQuorum = ({ random, cast }: Drawing): Partition['sides'] => {
  const authorities = random.shuffle(cast.authorities)
  const half = Math.min(Math.ceil(authorities.length / 2), quorumOf(cast) - 1)
  const venues = random.shuffle(cast.venues)
  const split = random.below(venues.length + 1)
  return [
    [...authorities.slice(0, half), ...venues.slice(0, split)],
    [...authorities.slice(half), ...venues.slice(split)],
  ]
}

const drawStop: Draw = ({ random, cast }) => ({
  tag: 'stop',
  victims: random.chance(0.2)
    ? tooMany({ random, cast })
    : [random.chance(0.6) ? pick(random, cast.authorities) : pick(random, cast.venues)],
  forMs: logarithmic(random, 1_000, 30_000),
})

const drawOneWay: Draw = ({ random, cast }) => ({
  tag: 'one_way',
  victim: pick(random, namesOf(cast)),
  direction: random.pick(['deaf', 'mute']),
  forMs: logarithmic(random, 2_000, 20_000),
})

const drawSlow: Draw = ({ random, cast }) => ({
  tag: 'slow',
  victim: pick(random, namesOf(cast)),
  delayMs: logarithmic(random, 20, 1_500),
  forMs: random.between(3_000, 10_000),
})

const drawFullDisk: Draw = ({ random, cast }) => ({
  tag: 'full_disk',
  victim: pick(random, cast.disks),
  downMs: random.between(0, 3_000),
})

const drawFailingDisk: Draw = ({ random, cast }) => ({
  tag: 'failing_disk',
  victim: pick(random, cast.writers),
  downMs: random.between(0, 3_000),
})

const drawReadOnlyDisk: Draw = ({ random, cast }) => ({
  tag: 'read_only_disk',
  victim: pick(random, cast.disks),
})

const drawClockStep: Draw = ({ random, cast }) => ({
  tag: 'clock_step',
  victim: pick(random, cast.clocks),
  bySeconds: logarithmic(random, 1, 7_200) * random.pick([1, -1]),
  forMs: random.between(3_000, 12_000),
})

const killOne = killing(({ random, cast }) => [pick(random, cast.authorities)])
const killVenue = killing(({ random, cast }) => [pick(random, cast.venues)])
const killTooMany = killing(tooMany)
const killAll = killing(({ cast }) => namesOf(cast))

const KILLS: readonly Draw[] = [
  ...[killOne, killOne, killVenue, killVenue, killTooMany, killTooMany],
  ...[killAll, killInStart, killInStart],
]

/** What else the machine allows, each as often as it stands here. */
const othersFor = (cast: Cast): readonly Draw[] => [
  ...[drawStop, drawStop, drawOneWay, drawSlow],
  ...(cast.disks.length > 0 ? [drawFullDisk, drawReadOnlyDisk] : []),
  ...(cast.writers.length > 0 ? [drawFailingDisk] : []),
  ...(cast.clocks.length > 0 ? [drawClockStep] : []),
]

const nominalMs = (blow: Blow): number => {
  switch (blow.tag) {
    case 'kill':
    case 'full_disk':
    case 'failing_disk':
      return blow.downMs + START_MS
    case 'kill_in_start':
      return blow.afterMs + START_MS
    case 'read_only_disk':
      return 2 * START_MS
    case 'stop':
    case 'partition':
    case 'one_way':
    case 'slow':
    case 'clock_step':
      return blow.forMs
  }
}

/** Short ones as often as long ones. */
const logarithmic = (random: RandomSource, low: number, high: number): number =>
  Math.round(low * (high / low) ** random.next())

const pick = <T>(random: RandomSource, items: readonly T[]): T => {
  const item = items[random.below(items.length)]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}
