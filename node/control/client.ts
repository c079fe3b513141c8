import { request } from 'node:http'
import { z } from 'zod'
import { type CommandAnswer, type CommandFailure, failure, type Json } from './command.ts'
import type { ControlCommandName } from './commands.ts'
import { ANSWER_BYTES_MAX, COMMAND_DEADLINE_MS } from './limits.ts'
import { findSocketPath } from './socket-path.ts'

const JsonValue: z.ZodType<Json> = z.json()
const Answer = z.discriminatedUnion('ok', [
  z.strictObject({ ok: z.literal(true), result: z.record(z.string(), JsonValue) }),
  z.strictObject({
    ok: z.literal(false),
    kind: z.enum(['failed', 'usage', 'remote', 'not_ready']),
    code: z.string(),
    message: z.string(),
    todo: z.string().exactOptional(),
  }),
])

/** Asks the node that holds this data directory; its silence or absence is a failure as well. */
export const askNode = async (
  dataDirectory: string,
  command: ControlCommandName,
  input: object,
): Promise<CommandAnswer> => {
  const socketPath = await findSocketPath(dataDirectory)
  if (socketPath === undefined) return notRunning(dataDirectory)
  try {
    const text = await post(socketPath, `/${command}`, JSON.stringify(input))
    const parsed = Answer.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : strangeAnswer
  } catch (error) {
    if (error instanceof SyntaxError) return strangeAnswer
    if (!(error instanceof Error)) throw error
    const code = 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return notRunning(dataDirectory)
    if (code === 'EACCES' || code === 'EPERM') return notOurs(dataDirectory)
    return failure('not_ready', 'node_silent', `the node gave no answer: ${error.message}`, SEE_LOG)
  }
}

const SEE_LOG = 'see its log; the command may have been carried out: look before repeating it'

const notRunning = (dataDirectory: string): CommandFailure =>
  failure(
    'not_ready',
    'node_not_running',
    `no node is running on ${dataDirectory}`,
    'start it: kermesse node run; or name its folder: --directory',
  )

const notOurs = (dataDirectory: string): CommandFailure =>
  failure(
    'failed',
    'node_not_ours',
    `the node on ${dataDirectory} belongs to another user`,
    'run this command as the user that runs the node',
  )

const strangeAnswer = failure(
  'failed',
  'answer_malformed',
  'what answered on the control socket does not speak like this version',
  'stop the node and start it again',
)

/** Rejects with the system's error, or when the answer is late or too long. */
const post = (socketPath: string, path: string, body: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const asking = request(
      {
        socketPath,
        path,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        signal: AbortSignal.timeout(COMMAND_DEADLINE_MS),
      },
      (response) => {
        const chunks: Buffer[] = []
        let length = 0
        response.on('data', (chunk: Buffer) => {
          length += chunk.length
          if (length > ANSWER_BYTES_MAX) asking.destroy(new Error('the answer is too long'))
          else chunks.push(chunk)
        })
        response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')))
        response.on('error', reject)
      },
    )
    asking.on('error', reject)
    asking.end(body)
  })
