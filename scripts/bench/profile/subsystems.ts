import { z } from 'zod'

/** A CPU profile as V8's inspector gives it. */
const Profile = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string() }),
      children: z.array(z.number()).optional(),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
})
type Profile = z.infer<typeof Profile>
type Node = Profile['nodes'][number]

/** Where the time of a process went. */
export type Spent = {
  readonly busyUs: number
  readonly idleUs: number
  /** Microseconds by subsystem, most first. */
  readonly bySubsystem: readonly (readonly [subsystem: string, us: number])[]
}

/**
 * By the function that ran and the folders above it: what a function of Node.js or a package does is
 * done for whoever called it. The first rule that fits the nearest frame.
 */
const RULES: readonly (readonly [subsystem: string, frame: RegExp])[] = [
  ['garbage collection', /^\(garbage collector\)/],
  ['the runtime itself', /^\(program\)/],
  ['signature checks', /^(crypto_sign_verify_detached|verifySignature|verifyAll)\b/],
  ['signing', /^(crypto_sign_detached|sign) /],
  ['hashing', /digest-node|hash-pairs|protocol\/hash\.ts/],
  ['decode transactions', /protocol\/transaction\/(parse|jws|schema|envelope|ready)|schema-reader/],
  ['state and its root', /protocol\/state\//],
  ['ledger rules', /protocol\/(ledger|transaction)\//],
  ['blocks, proofs, bytes', /protocol\//],
  ['consensus', /\/consensus\//],
  ['execution', /node\/pipeline\/execut|block-work/],
  ['mempool and bundles', /node\/pipeline\//],
  ['outbox', /node\/outbox\/|local-table|local-facts/],
  ['storage', /node\/storage\/|classic-level|abstract-level/],
  ['network', /node\/network\/|libp2p|chainsafe|@noble\/ciphers|multiformats|it-/],
  ['events, reads, desk', /node\/(reads|desk|webhooks|leases)\/|\/api\/events/],
  ['HTTP', /\/api\/|fastify|find-my-way|node:_http|node:internal\/(http|deps\/undici)/],
  ['loop', /node\/(loop|sync|start|recovery)\//],
]

/** What no frame says anything of: Node.js and packages at work for themselves. */
const REST = 'Node.js and packages'

/** Sums the samples of a profile by subsystem. Throws where it is none. */
export const spentIn = (profile: unknown): Spent => {
  const { nodes, samples, timeDeltas } = Profile.parse(profile)
  const subsystemOf = createSubsystems(nodes)
  const sums = new Map<string, number>()
  let idleUs = 0
  let busyUs = 0
  for (const [index, id] of samples.entries()) {
    const us = timeDeltas[index] ?? 0
    const subsystem = subsystemOf(id)
    if (subsystem === 'idle') {
      idleUs += us
      continue
    }
    busyUs += us
    sums.set(subsystem, (sums.get(subsystem) ?? 0) + us)
  }
  return { busyUs, idleUs, bySubsystem: [...sums].sort(([, a], [, b]) => b - a) }
}

const createSubsystems = (nodes: readonly Node[]): ((id: number) => string) => {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  )
  const known = new Map<number, string>()
  const of = (id: number): string => {
    const found = known.get(id)
    if (found !== undefined) return found
    const node = byId.get(id)
    const parent = parents.get(id)
    const subsystem = (node && ownSubsystem(node)) ?? (parent === undefined ? REST : of(parent))
    known.set(id, subsystem)
    return subsystem
  }
  return of
}

const ownSubsystem = ({ callFrame: { functionName, url } }: Node): string | undefined => {
  if (functionName === '(idle)') return 'idle'
  const frame = `${functionName} ${url}`
  return RULES.find(([, pattern]) => pattern.test(frame))?.[0]
}

const SHARE_SHOWN = 0.01

/** Lines for a terminal: the share of each subsystem in a process' busy time, and microseconds a payment. */
export const spentLines = (
  name: string,
  { busyUs, idleUs, bySubsystem }: Spent,
  payments: number,
): readonly string[] => {
  const busy = Math.round((100 * busyUs) / Math.max(1, busyUs + idleUs))
  const perPayment = (us: number): string => (us / Math.max(1, payments)).toFixed(1)
  return [
    `${name}: busy ${busy} % of the time, ${perPayment(busyUs)} µs a payment`,
    ...bySubsystem
      .filter(([, us]) => us >= SHARE_SHOWN * busyUs)
      .map(([subsystem, us]) => {
        const share = ((100 * us) / busyUs).toFixed(1)
        return `${share.padStart(7)} % ${perPayment(us).padStart(7)} µs  ${subsystem}`
      }),
  ]
}
