import { chmod } from 'node:fs/promises'
import Fastify, { type FastifyInstance } from 'fastify'
import { KeyStoreError } from '../keys/key-store.ts'
import { type CommandAnswer, failure } from './command.ts'
import { CONTROL_COMMANDS } from './commands.ts'
import { COMMAND_BYTES_MAX, COMMAND_DEADLINE_MS, CONTROL_CONNECTIONS_MAX } from './limits.ts'
import type { NodeOperations } from './operations.ts'
import { claimSocketPath, releaseSocketPath } from './socket-path.ts'

export type ControlServer = {
  /** The unix domain socket. */
  readonly path: string
  readonly stop: () => Promise<void>
}

export type ControlOptions = {
  /** Held by this process alone. */
  readonly dataDirectory: string
  readonly operations: NodeOperations
  /** Told of a command that failed by our mistake or the world's; the caller hears a code. */
  readonly onError: (command: string, error: unknown) => void
}

/**
 * Commands for whoever owns the node's files: HTTP over a unix domain socket that only its owner
 * may open. `POST /<command>` with the input as JSON answers a `CommandAnswer`, always with 200.
 */
export const startControl = async (options: ControlOptions): Promise<ControlServer> => {
  const path = await claimSocketPath(options.dataDirectory)
  const server = controlApp(options)
  await server.listen({ path })
  await chmod(path, 0o600)
  return {
    path,
    stop: async () => {
      await server.close()
      await releaseSocketPath(options.dataDirectory)
    },
  }
}

const controlApp = ({ operations, onError }: ControlOptions): FastifyInstance => {
  const server = Fastify({
    bodyLimit: COMMAND_BYTES_MAX,
    requestTimeout: COMMAND_DEADLINE_MS,
    forceCloseConnections: true,
  })
  server.server.maxConnections = CONTROL_CONNECTIONS_MAX
  for (const [name, command] of Object.entries(CONTROL_COMMANDS)) {
    server.post(`/${name}`, async ({ body }): Promise<CommandAnswer> => {
      try {
        return await command(body, operations)
      } catch (error) {
        onError(name, error)
        if (error instanceof KeyStoreError)
          return failure('failed', error.code, error.message, KEYS)
        return failure('failed', 'internal', 'the node failed at this', 'see the log of the node')
      }
    })
  }
  server.setNotFoundHandler(async () => unknownCommand)
  server.setErrorHandler(async (error, _, reply) => {
    const message = error instanceof Error ? error.message : 'not readable'
    return await reply.code(200).send(failure('usage', 'malformed', message))
  })
  return server
}

const KEYS = 'see the key store; a till whose label is used again takes the key that it had'

const unknownCommand = failure(
  'usage',
  'command_unknown',
  'the running node does not know this command',
  'stop it and start it again: it is of another version',
)
