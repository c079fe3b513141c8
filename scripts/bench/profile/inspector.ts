import { writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

/** A CPU profile of one process, taken through its inspector while a load runs. */
export type Profiler = { readonly stop: (file: string) => Promise<unknown> }

const Targets = z.array(z.object({ webSocketDebuggerUrl: z.string() }))
const Answer = z.object({ id: z.number(), result: z.unknown() })
const Profiled = z.object({ profile: z.unknown() })

/** Microseconds between two samples: fine enough for a load of seconds, and a few percent of its time. */
const INTERVAL_US = 500
const CONNECT_ATTEMPTS_MAX = 20
const CONNECT_PAUSE_MS = 100
const ANSWER_WAIT_MS = 60_000

/** `port`: that of the inspector, on loopback. `stop` gives the profile that it wrote to the file. */
export const startProfiler = async (port: number): Promise<Profiler> => {
  const socket = new WebSocket(await addressOf(port))
  const waiting = new Map<number, (result: unknown) => void>()
  let asked = 0
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', () => reject(new Error('no inspector')), { once: true })
  })
  socket.addEventListener('message', ({ data }) => {
    const answer = Answer.safeParse(JSON.parse(String(data)))
    if (answer.success) waiting.get(answer.data.id)?.(answer.data.result)
  })
  const ask = (method: string, params: object = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      asked += 1
      const id = asked
      const timer = setTimeout(() => reject(new Error(`${method}: no answer`)), ANSWER_WAIT_MS)
      waiting.set(id, (result) => {
        clearTimeout(timer)
        waiting.delete(id)
        resolve(result)
      })
      socket.send(JSON.stringify({ id, method, params }))
    })
  await ask('Profiler.enable')
  await ask('Profiler.setSamplingInterval', { interval: INTERVAL_US })
  await ask('Profiler.start')
  return {
    stop: async (file) => {
      const { profile } = Profiled.parse(await ask('Profiler.stop'))
      socket.close()
      await writeFile(file, JSON.stringify(profile))
      return profile
    },
  }
}

const addressOf = async (port: number): Promise<string> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/json/list`)
      const [target] = Targets.parse(await answer.json())
      if (target !== undefined) return target.webSocketDebuggerUrl
    } catch (error) {
      if (attempt >= CONNECT_ATTEMPTS_MAX) throw error
    }
    if (attempt >= CONNECT_ATTEMPTS_MAX) throw new Error(`nothing to inspect at port ${port}`)
    await sleep(CONNECT_PAUSE_MS)
  }
}
