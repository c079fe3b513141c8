import { isAlive } from '#scripts/federation/alive.ts'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'

/** How long a node that lives may take to say so, on a busy machine. */
const ANSWER_MS = 10_000

/**
 * The same federation, watched: whoever is killed through it may be dead until it is restarted through
 * it, and everybody else lives to the end in the process that was started. Its `stop` looks at all of
 * them first, stops them, and then rejects with what it found wrong; a second one only stops.
 */
export const keepVigil = (federation: LocalFederation): LocalFederation => {
  const dead = new Set<string>()
  const pids = new Map(nodesIn(federation).map(({ name, pid }) => [name, pid]))
  let looked = false

  const faults = async (): Promise<readonly string[]> => {
    const nodes = nodesIn(federation).filter(({ name }) => !dead.has(name))
    const found = await Promise.all(nodes.map((node) => faultOf(node, pids.get(node.name))))
    return found.filter((fault) => fault !== undefined)
  }

  return {
    ...federation,
    kill: async (name) => {
      dead.add(name)
      await federation.kill(name)
    },
    restart: async (name, signal) => {
      await federation.restart(name, signal)
      dead.delete(name)
      pids.set(name, nodesIn(federation).find((node) => node.name === name)?.pid ?? 0)
    },
    stop: async () => {
      const wrong = looked ? [] : await faults()
      looked = true
      await federation.stop()
      if (wrong.length > 0) throw new Error(wrong.join('; '))
    },
  }
}

type Node = {
  readonly name: string
  readonly pid: number
  readonly apiUrl: string | undefined
}

const nodesIn = (federation: LocalFederation): readonly Node[] => [
  ...federation.authorities(),
  ...federation.venues(),
]

const faultOf = async (
  { name, pid, apiUrl }: Node,
  started: number | undefined,
): Promise<string | undefined> => {
  if (pid !== started) return `${name} is another process than the one that was started`
  if (!isAlive(pid)) return `${name} died though nobody killed it`
  if (apiUrl === undefined) return `${name} has no API`
  try {
    const answer = await fetch(`${apiUrl}/livez`, { signal: AbortSignal.timeout(ANSWER_MS) })
    await answer.arrayBuffer()
    return answer.ok ? undefined : `${name} answers ${answer.status} to whether it is alive`
  } catch (error) {
    return `${name} does not answer: ${error instanceof Error ? error.message : error}`
  }
}
