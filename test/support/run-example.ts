import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { z } from 'zod'
import { cleanEnvironment } from '#scripts/federation/command.ts'

const Network = z.object({ id: z.string(), node: z.string() })

/** The network that a node is of, `net1…`, and its own name in it. */
export const networkAt = async (apiUrl: string): Promise<z.infer<typeof Network>> =>
  Network.parse(await (await fetch(`${apiUrl}/v1/network`)).json())

/** Runs an example to its end in a folder of its own; what it printed, line by line. */
export const runExample = async (
  [program = '', ...words]: readonly string[],
  cwd: string,
  settings: Record<string, string>,
): Promise<{ readonly lines: readonly string[]; readonly wasKilled: boolean }> => {
  const child = spawn(program, words, {
    cwd,
    env: { ...cleanEnvironment(), ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
  })
  const [, signal] = await once(child, 'close')
  const lines = output.split('\n').filter((line) => line !== '')
  return { lines, wasKilled: signal === 'SIGKILL' }
}
