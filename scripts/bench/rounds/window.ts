import type { LocalFederation } from '../../federation/local-federation.ts'
import { CORES } from '../machine/check-rate.ts'
import { machineCpuMs, usageOf } from '../machine/process-usage.ts'

/** Who used the machine while something was measured. */
export type CpuShares = {
  /** Milliseconds of CPU by node. */
  readonly nodesMs: Readonly<Record<string, number>>
  /** Of all cores, what made the load and heard the answers: this process. */
  readonly load: number
  /** Of all cores, what neither the nodes nor this process used: other programs and the system. */
  readonly others: number
}

/** Runs something, and says who used the machine meanwhile. */
export const watchCpu = async <T>(
  federation: LocalFederation,
  run: () => Promise<T>,
): Promise<{ readonly result: T; readonly cpu: CpuShares }> => {
  const nodes = [...federation.authorities(), ...federation.venues()]
  const cpuMsOf = (): readonly number[] => nodes.map(({ pid }) => usageOf(pid).cpuMs)
  const before = { nodes: cpuMsOf(), machine: machineCpuMs(), own: process.cpuUsage() }
  const startMs = performance.now()
  const result = await run()
  const allMs = (performance.now() - startMs) * CORES
  const own = process.cpuUsage(before.own)
  const ownMs = (own.user + own.system) / 1_000
  const usedMs = cpuMsOf().map((cpuMs, index) => cpuMs - (before.nodes[index] ?? 0))
  const othersMs = machineCpuMs() - before.machine - ownMs - usedMs.reduce((a, b) => a + b, 0)
  const nodesMs = Object.fromEntries(nodes.map(({ name }, index) => [name, usedMs[index] ?? 0]))
  return { result, cpu: { nodesMs, load: ownMs / allMs, others: Math.max(0, othersMs / allMs) } }
}
