import { join, resolve } from 'node:path'
import { type Logger, pino } from 'pino'
import type { Ports } from '#api/ports/ports.ts'
import { createServer } from '#api/server.ts'
import { loadGenesis } from '#config/genesis-file.ts'
import type { NodeConfig } from '#config/node-config.ts'
import type { Genesis } from '#protocol/genesis.ts'
import type { NetworkId } from '#protocol/id.ts'
import type { NodeOperations } from './control/operations.ts'
import { type ControlServer, startControl } from './control/server.ts'
import { createJoinDesk } from './join/admit-place.ts'
import { InvitationStore } from './join/invitation-store.ts'
import { KeyStore } from './keys/key-store.ts'
import { createDoors, type Doors } from './start/doors.ts'
import { inTime } from './start/in-time.ts'
import { Inside } from './start/inside.ts'
import { createReporter, type NodeReporter } from './start/reporter.ts'
import { StartError } from './start/start-error.ts'
import { openWaitingRoom } from './start/waiting-room.ts'
import type { SnapshotProgress } from './sync/snapshot-receiver.ts'
import { urlOf } from './tls/names.ts'
import { openTls, type Tls } from './tls/open-tls.ts'

export type RunOptions = {
  readonly config: NodeConfig
  /** Folder that paths of the configuration are relative to. */
  readonly folder: string
  readonly passphrase: string
  /** Asked to stop while it starts: then it rejects with a `StartError` of code `stopped`. */
  readonly signal?: AbortSignal
  /** How far the snapshot is that a new copy begins with. */
  readonly onProgress?: (progress: SnapshotProgress) => void
}

/** A node that runs until it is stopped or cannot go on. */
export type RunningNode = {
  readonly apiUrl: string
  readonly controlPath: string
  /** libp2p addresses with the peer id. */
  readonly addresses: readonly string[]
  /** Resolves when the node cannot go on, with why. It is to be stopped then. */
  readonly failed: Promise<Failure>
  /** Ends everything cleanly; under a second. */
  readonly stop: () => Promise<void>
}

export type Failure = { readonly code: string; readonly detail: string }

/** How soon an invitation that expired no longer opens the gate. */
const INVITATIONS_PAUSE_MS = 60_000
/** How long closing may take before what still runs is abandoned; what is durable stays so. */
const STOP_MS = 900

/**
 * Starts a node: keys, genesis, disk, network, agreement, then the doors. Errors: `StartError`,
 * `KeyStoreError`, `StorageError`, `NetworkError`, each saying what to do.
 */
export const runNode = async (options: RunOptions): Promise<RunningNode> => {
  const { config, folder, passphrase, signal, onProgress } = options
  const loaded = loadGenesis(resolve(folder, config.genesisFile))
  if (!loaded.ok) {
    const [problem] = loaded.problems
    throw new StartError('genesis_invalid', `${problem?.path}: ${problem?.message}`)
  }
  const { genesis, networkId } = loaded
  const keyStore = await KeyStore.open(resolve(folder, config.keyFile), passphrase)
  const logger = createLogger(config)
  const reporter = createReporter(logger)
  const dataDirectory = resolve(folder, config.dataDirectory)
  const room = openWaitingRoom(
    config.api,
    () => openTls({ ...{ config, folder, keyStore }, nowMs: Date.now(), report: reporter.report }),
    (message) =>
      reporter.report({ level: 'warn', code: 'waiting_room_closed', facts: { message } }),
  )
  const inside = await Inside.open({
    ...{ config, genesis, keyStore, dataDirectory, reporter, signal },
    onProgress: (progress) => {
      room.tell(progress)
      onProgress?.(progress)
    },
  }).finally(room.close)
  const made = { keyStore, logger, reporter, dataDirectory, inside }
  const parts = { config, folder, genesis, networkId, ...made }
  try {
    return await openDoors(parts)
  } catch (cause) {
    await inside.stop()
    throw cause
  }
}

type Parts = {
  readonly config: NodeConfig
  readonly folder: string
  readonly genesis: Genesis
  readonly networkId: NetworkId
  readonly keyStore: KeyStore
  readonly logger: Logger
  readonly reporter: NodeReporter
  readonly dataDirectory: string
  readonly inside: Inside
}

/** The doors first, then the node takes part: one that cannot open them votes on nothing. */
const openDoors = async (parts: Parts): Promise<RunningNode> => {
  const { config, genesis, networkId, keyStore, logger, reporter, dataDirectory, inside } = parts
  let onInvitations: () => void = () => undefined
  const invitations = await InvitationStore.open({
    file: join(dataDirectory, 'invitations.json'),
    networkId,
    wallMs: inside.clock.wallMs,
    onChange: () => onInvitations(),
  })
  onInvitations = () => inside.admit(invitations.admitted())
  inside.repeat('invitations', INVITATIONS_PAUSE_MS, () => inside.admit(invitations.admitted()))
  const doors = await createDoors({ config, genesis, keyStore, inside, invitations })
  if (config.role === 'authority') await inside.network.serveJoin(createJoinDesk(doors.operations))
  const api = await listen(parts, doors.ports)
  const control = await startControl({
    dataDirectory,
    operations: withApi(doors.operations, api),
    onError: (command, error) => logger.error({ command, err: error }, 'control_failed'),
  }).catch(async (cause: unknown) => {
    await api.close()
    throw cause
  })
  inside.start()
  doors.webhooks.start()
  logger.info({ api: api.url, addresses: inside.network.addresses() }, 'ready')
  return {
    apiUrl: api.url,
    controlPath: control.path,
    addresses: inside.network.addresses(),
    failed: reporter.failed,
    stop: () => stopAll({ doors, inside, closeApi: api.close, control }),
  }
}

/** Standard output is the command's answer; the log goes to the other one. */
const createLogger = ({ log }: NodeConfig): Logger =>
  pino(
    { level: log, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  )

/** The API as others reach it, and what ends it. */
type OpenApi = {
  readonly url: string
  readonly tls: Tls | undefined
  readonly close: () => Promise<void>
}

const listen = async (parts: Parts, ports: Ports): Promise<OpenApi> => {
  const { config, folder, keyStore, logger, inside } = parts
  const { api, submissionWaitSeconds } = config
  const { host, port } = api
  const tls = await openTls({
    ...{ config, folder, keyStore },
    nowMs: inside.clock.wallMs(),
    report: inside.reporter.report,
  })
  const server = await createServer({
    ports,
    logger,
    tls,
    submissionWaitMs: submissionWaitSeconds * 1_000,
  })
  const bound = await server.listen({ host, port }).catch((cause: unknown) => {
    throw new StartError(
      'api_port_in_use',
      `cannot listen on ${host}:${port}; choose another with "api.port"`,
      { cause },
    )
  })
  const url = urlOf(api, { port: Number(new URL(bound).port), isTls: tls !== undefined })
  return { url, tls, close: () => server.close() }
}

const withApi = (operations: NodeOperations, { url: apiUrl, tls }: OpenApi): NodeOperations => ({
  ...operations,
  addresses: () => ({
    ...operations.addresses(),
    apiUrl,
    ...(tls && { tlsFingerprint: tls.fingerprint }),
  }),
})

const stopAll = async (running: {
  readonly doors: Doors
  readonly inside: Inside
  readonly closeApi: () => Promise<void>
  readonly control: ControlServer
}): Promise<void> => {
  const { doors, inside, closeApi, control } = running
  const closing = Promise.allSettled([closeApi(), control.stop(), doors.webhooks.stop()])
  // Without the note the next process waits for some seconds; a disk that failed takes none.
  if (await inTime(closing, STOP_MS)) await inTime(Promise.allSettled([doors.leaveNote()]), STOP_MS)
  await inside.stop()
}
