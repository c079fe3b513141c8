import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Measuring } from '../rounds/measure-stage.ts'
import { startProfiler } from './inspector.ts'
import { spentIn, spentLines } from './subsystems.ts'

/** Where the inspector of each node answers. */
export class Inspectors {
  readonly #free: number[]
  readonly #ports = new Map<string, number>()

  /** `ports`: free ones, one for each node. */
  constructor(ports: readonly number[]) {
    this.#free = [...ports]
  }

  /** What a node is started with, so that it can be profiled. */
  environmentOf(name: string): Readonly<Record<string, string>> {
    const port = this.#ports.get(name) ?? this.#free.pop()
    if (port === undefined) throw new RangeError('more nodes than inspectors')
    this.#ports.set(name, port)
    return { NODE_OPTIONS: `--inspect=127.0.0.1:${port}` }
  }

  entries(): readonly (readonly [name: string, port: number])[] {
    return [...this.#ports].sort(([a], [b]) => (a < b ? -1 : 1))
  }
}

/**
 * One more load of the headline, in no round, while every process is profiled: `<node>.cpuprofile` in the
 * directory, for Chromium's developer tools or an editor. Gives lines that say where the time went.
 */
export const profiledLoad = async (
  { rounds }: Measuring,
  inspectors: Inspectors,
  directory: string,
): Promise<readonly string[]> => {
  await mkdir(directory, { recursive: true })
  const profilers = await Promise.all(
    inspectors.entries().map(async ([name, port]) => ({ name, ...(await startProfiler(port)) })),
  )
  const payments = await rounds.unmeasured()
  const lines: string[] = []
  for (const { name, stop } of profilers) {
    const profile = await stop(join(directory, `${name}.cpuprofile`))
    lines.push(...spentLines(name, spentIn(profile), payments))
  }
  return lines
}
