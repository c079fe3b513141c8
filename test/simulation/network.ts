import type { NetworkPort, PeerName, Priority, Topic } from '#node/network/network-port.ts'
import type { Agenda } from './agenda.ts'
import type { RandomSource } from './random.ts'
import type { Counter } from './tally.ts'

/** A message between machines takes `baseMs`, and up to `tailMs` more, most often little. */
export type Delay = { readonly baseMs: number; readonly tailMs: number }

/** What is wrong with the network at the moment; faults add and take back. */
export type Weather = {
  lossPercent: number
  duplicatePercent: number
  tailMs: number
  /** Messages that overtake what was sent before them, where order is kept otherwise. */
  disorderPercent: number
}

/** Where the network delivers: a machine, whatever process runs on it. */
export type Station = {
  readonly peer: PeerName
  /** Hears gossip. */
  readonly listens: boolean
  /** Everybody links to it: an authority, or who may become one. */
  readonly serves: boolean
  readonly isUp: () => boolean
  readonly deliver: (from: PeerName, bytes: Uint8Array) => void
  readonly gossip: (topic: Topic, from: PeerName, bytes: Uint8Array) => void
  readonly link: (peer: PeerName, state: 'up' | 'down') => void
}

/**
 * Every link between machines. Machines are numbered; followers link to authorities only. Two machines
 * may have one name: what is sent to it reaches both, and neither links to the other.
 */
export type SimulatedNetwork = {
  readonly weather: Weather
  readonly portOf: (machine: number) => NetworkPort
  /** A process came up: links to whoever is up are made. */
  readonly rise: (machine: number) => void
  /** A process is gone: others notice after a while. */
  readonly fall: (machine: number) => void
  /** Nothing passes from one to the other, until healed as often as it was cut. */
  readonly cut: (from: number, to: number) => void
  readonly heal: (from: number, to: number) => void
  /** The link breaks and is made again. */
  readonly flap: (a: number, b: number) => void
  /** Everything to and from a machine takes longer by this. */
  readonly slow: (machine: number, byMs: number) => void
  /** Delivers up to so many messages of the past once more. */
  readonly replay: (count: number) => void
}

export type NetworkOptions = {
  readonly agenda: Agenda
  readonly random: RandomSource
  readonly stations: readonly Station[]
  readonly delay: Delay
  /** Whether messages of one priority keep their order on a link, as a stream keeps them. */
  readonly ordered: boolean
  /** Whether messages are kept to be replayed. */
  readonly recorded: boolean
  readonly counter: Counter
  /** Somebody counts something against a peer. */
  readonly onScore: (by: number, peer: PeerName, reason: string, verdict: string) => void
}

/** How long a cut link is believed in. */
const LINK_TIMEOUT_MS = 3_000
const DIAL_MAX_MS = 30
const NOTICE_MAX_MS = 200
/** Messages that are kept for a replay, and how much longer a message takes that is overtaken. */
const RECORDED_MAX = 600
const DISORDER_MAX_MS = 120

export const createSimulatedNetwork = (options: NetworkOptions): SimulatedNetwork => {
  const { agenda, random, stations, counter } = options
  const weather: Weather = {
    lossPercent: 0,
    duplicatePercent: 0,
    tailMs: 0,
    disorderPercent: 0,
  }
  const links = createLinks(stations.length)
  const slowness = stations.map(() => 0)
  const lastAtMs = new Map<string, number>()
  const recorder = createRecorder(random.fork('recorder'), options.recorded ? RECORDED_MAX : 0)
  const calm = options.delay.tailMs === 0

  const mayLink = (a: number, b: number): boolean => {
    const [first, second] = [stations[a], stations[b]]
    if (first === undefined || second === undefined || first.peer === second.peer) return false
    return first.serves || second.serves
  }

  /** A link to another machine of the same name: for who is linked it is the same peer. */
  const hasTwinLink = (a: number, b: number): boolean =>
    stations.some(({ peer }, c) => c !== b && peer === stations[b]?.peer && links.isUp(a, c))

  const tellUp = (a: number, b: number): void => {
    const [station, peer] = [stations[a], stations[b]?.peer]
    if (station === undefined || peer === undefined || !station.isUp()) return
    if (hasTwinLink(a, b)) station.link(peer, 'down')
    station.link(peer, 'up')
  }

  const tellDown = (a: number, b: number): void => {
    const [station, peer] = [stations[a], stations[b]?.peer]
    if (station === undefined || peer === undefined || !station.isUp()) return
    station.link(peer, 'down')
    if (hasTwinLink(a, b)) station.link(peer, 'up')
  }

  const soon = (maxMs: number): number => agenda.nowMs() + (calm ? 0 : random.below(maxMs))

  const raise = (a: number, b: number): void =>
    agenda.at(soon(DIAL_MAX_MS), () => {
      const [first, second] = [stations[a], stations[b]]
      if (first === undefined || second === undefined || links.isUp(a, b)) return
      if (!first.isUp() || !second.isUp() || links.isCut(a, b) || links.isCut(b, a)) return
      links.set(a, b, true)
      tellUp(a, b)
      tellUp(b, a)
    })

  const drop = (a: number, b: number): void => {
    if (!links.isUp(a, b)) return
    links.set(a, b, false)
    tellDown(a, b)
    tellDown(b, a)
  }

  const travelMs = (from: number, to: number): number => {
    const tailMs = options.delay.tailMs + weather.tailMs
    const tail = tailMs === 0 ? 0 : Math.floor(tailMs * random.next() ** 4)
    return options.delay.baseMs + tail + (slowness[from] ?? 0) + (slowness[to] ?? 0)
  }

  /** When it arrives: not before what was sent before it, where order is kept. */
  const arrivalMs = (from: number, to: number, lane: string): number => {
    const atMs = agenda.nowMs() + travelMs(from, to)
    if (weather.disorderPercent > 0 && random.below(100) < weather.disorderPercent) {
      counter.count('overtaken')
      return atMs + random.below(DISORDER_MAX_MS)
    }
    if (!options.ordered) return atMs
    const key = `${from}/${to}/${lane}`
    const ordered = Math.max(atMs, lastAtMs.get(key) ?? 0)
    lastAtMs.set(key, ordered)
    return ordered
  }

  const carry = (from: number, to: number, lane: string, arrive: () => void): void => {
    if (links.isCut(from, to)) {
      counter.count('cut')
      return
    }
    if (random.below(100) < weather.lossPercent) {
      counter.count('lost')
      return
    }
    const life = links.lifeOf(from, to)
    const copies = random.below(100) < weather.duplicatePercent ? 2 : 1
    if (copies > 1) counter.count('duplicated')
    recorder.keep(() => {
      if (links.isUp(from, to) && !links.isCut(from, to)) arrive()
    })
    for (let copy = 0; copy < copies; copy++) {
      agenda.at(arrivalMs(from, to, lane), () => {
        if (links.lifeOf(from, to) !== life || links.isCut(from, to)) return
        arrive()
      })
    }
  }

  const portOf = (machine: number): NetworkPort => {
    const own = stations[machine]
    if (own === undefined) throw new Error(`no machine ${machine}`)
    const indexes = Map.groupBy(stations.keys(), (index) => stations[index]?.peer)
    return {
      send: (peer: PeerName, priority: Priority, bytes: Uint8Array) => {
        for (const to of indexes.get(peer) ?? []) {
          const station = stations[to]
          if (station === undefined || !links.isUp(machine, to)) continue
          carry(machine, to, priority, () => station.deliver(own.peer, bytes))
        }
      },
      publish: (topic, bytes) => {
        for (const [to, station] of stations.entries()) {
          if (!station.listens || !links.isUp(machine, to)) continue
          carry(machine, to, topic, () => station.gossip(topic, own.peer, bytes))
        }
      },
      score: (peer, reason, verdict) => {
        counter.count(`${verdict} ${reason}`)
        options.onScore(machine, peer, reason, verdict)
      },
      peers: () =>
        stations.flatMap(({ peer, listens }, other) =>
          other !== machine && links.isUp(machine, other)
            ? [{ peer, role: listens ? 'follower' : 'authority', queuedBytes: 0 }]
            : [],
        ),
    }
  }

  const others = (machine: number): readonly number[] =>
    stations.map((_, index) => index).filter((other) => mayLink(machine, other))

  return {
    weather,
    portOf,
    rise: (machine) => {
      for (const other of others(machine)) {
        drop(machine, other)
        raise(machine, other)
      }
    },
    fall: (machine) => {
      for (const other of others(machine)) {
        if (!links.isUp(machine, other)) continue
        const life = links.lifeOf(machine, other)
        agenda.at(soon(NOTICE_MAX_MS), () => {
          if (links.lifeOf(machine, other) === life) drop(machine, other)
        })
      }
    },
    cut: (from, to) => {
      links.cut(from, to, 1)
      agenda.at(agenda.nowMs() + LINK_TIMEOUT_MS, () => {
        if (links.isCut(from, to)) drop(from, to)
      })
    },
    heal: (from, to) => {
      links.cut(from, to, -1)
      if (mayLink(from, to)) raise(from, to)
    },
    flap: (a, b) => {
      if (!mayLink(a, b)) return
      drop(a, b)
      raise(a, b)
    },
    slow: (machine, byMs) => {
      slowness[machine] = (slowness[machine] ?? 0) + byMs
    },
    replay: recorder.replay,
  }
}

/** Keeps a part of all messages, each as likely as another (Vitter's algorithm R). */
const createRecorder = (random: RandomSource, size: number) => {
  const kept: (() => void)[] = []
  let seen = 0
  return {
    keep: (deliver: () => void): void => {
      if (size === 0) return
      seen += 1
      const at = seen <= size ? seen - 1 : random.below(seen)
      if (at < size) kept[at] = deliver
    },
    replay: (count: number): void => {
      for (const deliver of random.shuffle(kept).slice(0, count)) deliver()
    },
  }
}
/** Which links are up, which directions are cut how often, and how many lives a link had. */
const createLinks = (size: number) => {
  const up = new Uint8Array(size * size)
  const lives = new Uint32Array(size * size)
  const cuts = new Int16Array(size * size)
  const between = (a: number, b: number): number => Math.min(a, b) * size + Math.max(a, b)
  return {
    isUp: (a: number, b: number): boolean => up[between(a, b)] === 1,
    lifeOf: (a: number, b: number): number => lives[between(a, b)] ?? 0,
    set: (a: number, b: number, state: boolean): void => {
      up[between(a, b)] = state ? 1 : 0
      lives[between(a, b)] = (lives[between(a, b)] ?? 0) + 1
    },
    isCut: (from: number, to: number): boolean => (cuts[from * size + to] ?? 0) > 0,
    cut: (from: number, to: number, by: number): void => {
      cuts[from * size + to] = (cuts[from * size + to] ?? 0) + by
    },
  }
}
