import type { Effect } from '#consensus/effect.ts'
import type { Event } from '#consensus/event.ts'
import { AuthorityLoop, type AuthorityParts } from '#node/loop/authority.ts'
import { createDurableGate } from '#node/loop/durable-gate.ts'
import { createBodies } from '#node/pipeline/bodies.ts'
import { createInlineChecker } from '#node/pipeline/check-inline.ts'
import { createIngress, type SignatureChecker } from '#node/pipeline/ingress.ts'
import type { Fetcher, Found, Want } from '#node/sync/fetcher.ts'
import { createAuthoritySet } from '#protocol/chain/authority-set.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import { networkIdOf } from '#protocol/genesis.ts'
import type { Parameters } from '#protocol/state/parameters.ts'
import { verifySignature } from '#signature'
import { createForge } from '../pipeline/block-forge.ts'
import { createAlarmClock } from './alarm-clock.ts'

/** Effects a replica answers an event with. */
export type Script = (event: Event) => readonly Effect[]

/** The loop of an authority whose replica follows a script, with everything it does on record. */
export const createLoopBench = (
  script: Script,
  options: {
    readonly slow?: boolean
    readonly forged?: boolean
    readonly parameters?: Partial<Parameters>
  } = {},
) => {
  const forge = createForge(options.parameters)
  const [leader, node] = [forge.node(), forge.node()]
  const alarms = createAlarmClock()
  const log: string[] = []
  const events: Event[] = []
  const disk: (() => void)[] = []
  const checks: (() => void)[] = []
  const commits: (() => void)[] = []
  const fetches: { readonly want: Want; readonly done: (found?: Found) => void }[] = []
  const created = createAuthoritySet(forge.world.genesis.authorities)
  if (!created.ok) throw new Error(created.code)
  const honest = createInlineChecker(verifySignature)
  const check: SignatureChecker = options.slow
    ? (parsed, done) => void checks.push(() => honest(parsed, done))
    : honest
  const ingress = createIngress({
    networkId: networkIdOf(forge.world.genesis),
    mempool: node.mempool,
    check,
    isQuarantined: () => false,
  })
  const fetcher: Fetcher = {
    fetch: (want, _, done) => {
      log.push(`fetch ${want.type}`)
      fetches.push({ want, done })
    },
    cancel: () => undefined,
    onResponse: () => undefined,
  }
  const judged: Finalization[] = []
  const parts: AuthorityParts = {
    ...alarms,
    ...node,
    epoch: 1,
    set: created.set,
    network: {
      send: (peer) => log.push(`send ${peer}`),
      publish: (topic) => log.push(`publish ${topic}`),
      score: (peer, reason) => log.push(`score ${peer} ${reason}`),
      peers: () => [],
    },
    ingress,
    bodies: createBodies({ ...alarms, ...node, ingress, fetcher, peersOf: () => ['leader'] }),
    fetcher,
    isFinal: (certificate) => {
      judged.push(certificate)
      return options.forged !== true
    },
    report: ({ code, facts }) => log.push(`report ${code} ${JSON.stringify(facts)}`),
    onFinal: (_blocks, _certificate: Finalization, stored) => {
      log.push('final')
      commits.push(stored)
    },
    onEpochEnd: ({ next }) => log.push(`epoch ${next.epoch}`),
    onFatal: (code, detail) => {
      log.push(`fatal ${code} ${detail}`)
      loop.halt()
    },
    replica: {
      step: (event) => {
        events.push(event)
        return script(event)
      },
      standing: () => {
        throw new Error('nobody asks')
      },
      clockOffsetMs: () => null,
    },
    me: 0,
    gate: createDurableGate(({ records, blocks }, done) => {
      log.push(`write ${records.map(({ type }) => type).join(' ')}${blocks.length || ''}`)
      disk.push(done)
    }),
    limits: { transactions: 100, bytes: 1_048_576 },
    reoffer: () => log.push('reoffer'),
    flushOffers: () => log.push('flush offers'),
  }
  const loop: AuthorityLoop = new AuthorityLoop(parts)
  const drain = (queue: (() => void)[]) => (): void => {
    for (const done of queue.splice(0)) done()
  }
  return {
    ...alarms,
    forge,
    leader,
    node,
    loop,
    log,
    events,
    fetches,
    judged,
    /** Signature checks that were asked for and are not done. */
    checks,
    synced: drain(disk),
    checked: drain(checks),
    stored: drain(commits),
    types: () => events.map(({ type }) => type),
  }
}
