import { openTemporary } from '../machine/temporary-directory.ts'
import { medianOf } from '../median.ts'
import { openEtcd } from './etcd.ts'
import { findPrograms } from './packages.ts'
import type { Peer, PeerLoad, PeerRate } from './peer.ts'
import { openPostgresql } from './postgresql.ts'

/** One figure for each peer, by name. */
export type PeerRates = { readonly etcd: PeerRate; readonly postgresql: PeerRate }

export type Peers = {
  readonly measure: (load: PeerLoad) => Promise<PeerRates>
  readonly close: () => Promise<void>
}

/** Both peers, in a directory of the system's that is gone when they are closed. */
export const openPeers = async (inFlight: number, tell: (line: string) => void): Promise<Peers> => {
  const programs = await findPrograms(tell)
  const temporary = await openTemporary('peers')
  const directory = temporary.path
  const opened: Peer[] = []
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((peer) => peer.close()))
    await temporary.remove()
  }
  try {
    tell('etcd and PostgreSQL begin')
    const etcd = await openEtcd(programs.etcd, { directory, inFlight })
    opened.push(etcd)
    const postgresql = await openPostgresql(programs.postgresql, { directory, inFlight })
    opened.push(postgresql)
    return {
      measure: async (load) => ({
        etcd: await etcd.measure(load),
        postgresql: await postgresql.measure(load),
      }),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Medians of the rounds. */
export const peerMedians = (rounds: readonly PeerRates[]): PeerRates => {
  const of = (name: keyof PeerRates): PeerRate => ({
    perSecond: Math.round(medianOf(rounds.map((round) => round[name].perSecond))),
    perSecondAt64: Math.round(medianOf(rounds.map((round) => round[name].perSecondAt64))),
    idleMs: medianOf(rounds.map((round) => round[name].idleMs)),
  })
  return { etcd: of('etcd'), postgresql: of('postgresql') }
}
