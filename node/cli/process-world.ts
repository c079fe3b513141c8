import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { World } from './world.ts'

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The world of this process. */
export const processWorld = (): World => {
  // Whoever reads our output may stop early, as `head` does: that is no failure.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  return world
}

const world: World = {
  environment: process.env,
  directory: process.cwd(),
  print: (line) => {
    process.stdout.write(`${line}\n`)
  },
  tell: (line) => {
    process.stderr.write(`${line}\n`)
  },
  redraw: process.stderr.isTTY
    ? (line) => void process.stderr.write(`\r\u001b[K${line}`)
    : undefined,
  askSecret: process.stdin.isTTY ? (question) => askSecret(question) : undefined,
  readInput: (bytesMax) => readInput(bytesMax),
  untilStopped: (options) => untilStopped(options),
}

/** The question is shown, what is typed is not. */
const askSecret = (question: string): Promise<string> =>
  new Promise((resolve, reject) => {
    process.stderr.write(question)
    const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
    const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true })
    reader.once('SIGINT', () => {
      reader.close()
      reject(new TypedNothing('interrupted at the prompt'))
    })
    reader.question('', (answer) => {
      reader.close()
      process.stderr.write('\n')
      resolve(answer)
    })
  })

/** Somebody pressed Ctrl-C instead of typing. */
class TypedNothing extends Error {
  override readonly name = 'TypedNothing'
  readonly code = 'interrupted'
}

const readInput = async (bytesMax: number): Promise<Uint8Array> => {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk)
    chunks.push(bytes)
    length += bytes.length
    if (length > bytesMax) break
  }
  return Buffer.concat(chunks)
}

const untilStopped = ({ withParent }: { readonly withParent: boolean }): Promise<void> =>
  new Promise((resolve) => {
    const stop = (): void => {
      // A standard input that is still open would keep the process alive.
      process.stdin.destroy()
      resolve()
    }
    for (const signal of STOP_SIGNALS) process.on(signal, stop)
    if (!withParent) return
    process.stdin.on('end', stop).on('close', stop).on('error', stop).resume()
  })
