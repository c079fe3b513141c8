import { join } from 'node:path'
import { Pool } from 'undici'
import { v7 } from 'uuid'
import { z } from 'zod'
import { freePorts } from '../../federation/ports.ts'
import { latencyOf } from '../../festival/latency.ts'
import { startChild, untilReady } from './child.ts'
import { FEW_IN_FLIGHT, type Peer, type PeerLoad, type PeerRate } from './peer.ts'

const MEMBERS = 3
const LONE = 100
const ANSWER_WAIT_MS = 60_000

/** Three members of etcd on loopback, as their package has them: every write is synced by a majority. */
export const openEtcd = async (
  program: string,
  { directory, inFlight }: { readonly directory: string; readonly inFlight: number },
): Promise<Peer> => {
  const ports = await freePorts(2 * MEMBERS)
  const members = Array.from({ length: MEMBERS }, (_, index) => ({
    name: `etcd-${index + 1}`,
    client: `http://127.0.0.1:${ports[index]}`,
    peer: `http://127.0.0.1:${ports[MEMBERS + index]}`,
  }))
  const cluster = members.map(({ name, peer }) => `${name}=${peer}`).join(',')
  const children = members.map(({ name, client, peer }) =>
    startChild(
      program,
      [
        ...['--name', name, '--data-dir', join(directory, name), '--log-level', 'error'],
        ...['--listen-client-urls', client, '--advertise-client-urls', client],
        ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
        ...['--initial-cluster', cluster, '--initial-cluster-state', 'new'],
      ],
      { ending: 'SIGTERM' },
    ),
  )
  const close = async (): Promise<void> => {
    await Promise.all(children.map(({ stop }) => stop()))
  }
  try {
    const leader = await untilReady(() => leaderOf(members.map(({ client }) => client)))
    const pool = new Pool(leader, {
      ...{ connections: inFlight, pipelining: 1 },
      ...{ headersTimeout: ANSWER_WAIT_MS, bodyTimeout: ANSWER_WAIT_MS },
    })
    return {
      measure: (load) => measure(pool, load),
      close: async () => {
        await pool.close()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

const Status = z.object({ leader: z.string(), header: z.object({ member_id: z.string() }) })

/** Who leads answers without asking another: the best that a client can do. Throws while nobody does. */
const leaderOf = async (clients: readonly string[]): Promise<string> => {
  for (const client of clients) {
    const url = `${client}/v3/maintenance/status`
    const answer = await fetch(url, { method: 'POST', body: '{}' })
    const { leader, header } = Status.parse(await answer.json())
    if (leader === header.member_id) return client
  }
  throw new Error('etcd has no leader yet')
}

const measure = async (pool: Pool, { seconds, inFlight }: PeerLoad): Promise<PeerRate> => {
  const tookMs: number[] = []
  for (let index = 0; index < LONE; index += 1) {
    const startMs = performance.now()
    await pay(pool)
    tookMs.push(performance.now() - startMs)
  }
  return {
    idleMs: latencyOf(tookMs).p50Ms,
    perSecond: await rateOf(pool, { seconds, inFlight }),
    perSecondAt64: await rateOf(pool, { seconds, inFlight: FEW_IN_FLIGHT }),
  }
}

const rateOf = async (pool: Pool, { seconds, inFlight }: PeerLoad): Promise<number> => {
  const startMs = performance.now()
  const endMs = startMs + seconds * 1_000
  let count = 0
  const work = async (): Promise<void> => {
    while (performance.now() < endMs) {
      await pay(pool)
      count += 1
    }
  }
  await Promise.all(Array.from({ length: inFlight }, work))
  return count / ((performance.now() - startMs) / 1_000)
}

const Succeeded = z.object({ succeeded: z.literal(true) })
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const put = (key: string) => ({ requestPut: { key: base64(key), value: base64('650') } })

/** One payment: unless its id was used, it is there and two balances have changed. */
const pay = async (pool: Pool): Promise<void> => {
  const id = v7()
  const key = `payment/${id}`
  const compare = [{ key: base64(key), target: 'VERSION', result: 'EQUAL', version: 0 }]
  const success = [put(key), put(`balance/${id.slice(-2)}`), put('balance/venue')]
  const { body } = await pool.request({
    ...{ method: 'POST', path: '/v3/kv/txn', body: JSON.stringify({ compare, success }) },
  })
  Succeeded.parse(await body.json())
}
