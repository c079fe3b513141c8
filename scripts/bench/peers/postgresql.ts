import { execFile } from 'node:child_process'
import { chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePorts } from '../../federation/ports.ts'
import { startChild, untilReady } from './child.ts'
import { FEW_IN_FLIGHT, type Peer, type PeerLoad, type PeerRate } from './peer.ts'

const run = promisify(execFile)
const COMMAND_MS = 120_000
const LONE = 100
const THREADS = 2
const PAYERS = 1_000
const TILLS = 16
const CONNECTIONS_SPARED = 20

const TABLES = `
  CREATE TABLE balance (id int PRIMARY KEY, amount bigint NOT NULL);
  CREATE TABLE payment (id bigserial PRIMARY KEY, payer int NOT NULL, amount int NOT NULL);
  INSERT INTO balance SELECT id, 1000000000 FROM generate_series(1, ${PAYERS + TILLS}) AS id;`

/** One statement, and so one transaction and one round trip: two balances change, and the payment is there. */
const PAYMENT = `\\set payer random(1, ${PAYERS})
\\set till random(${PAYERS + 1}, ${PAYERS + TILLS})
WITH taken AS (UPDATE balance SET amount = amount - 1 WHERE id = :payer), given AS (UPDATE balance SET amount = amount + 1 WHERE id = :till) INSERT INTO payment (payer, amount) VALUES (:payer, 1);
`

/** A cluster of PostgreSQL of its own: one copy, each commit synced. `programs`: the folder of its programs. */
export const openPostgresql = async (
  programs: string,
  { directory, inFlight }: { readonly directory: string; readonly inFlight: number },
): Promise<Peer> => {
  const owner = await ownerOf()
  const folder = join(directory, 'postgresql')
  await mkdir(folder)
  if (owner !== undefined)
    for (const each of [directory, folder]) await chown(each, owner.uid, owner.gid)
  const [port = 0] = await freePorts(1)
  const as = { ...owner, timeout: COMMAND_MS, cwd: folder, env: { LC_ALL: 'C', PATH: programs } }
  const data = join(folder, 'data')
  await run(join(programs, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'bench'], as)
  const settings = [
    ...['fsync=on', 'synchronous_commit=on', 'listen_addresses=', 'shared_buffers=256MB'],
    ...[`unix_socket_directories=${folder}`, `max_connections=${inFlight + CONNECTIONS_SPARED}`],
  ]
  const child = startChild(
    join(programs, 'postgres'),
    ['-D', data, '-p', `${port}`, ...settings.flatMap((setting) => ['-c', setting])],
    { ...owner, cwd: folder, ending: 'SIGINT' },
  )
  const at = ['-h', folder, '-p', `${port}`, '-U', 'bench']
  const script = join(folder, 'payment.sql')
  try {
    const psql = join(programs, 'psql')
    await untilReady(() => run(psql, [...at, '-d', 'postgres', '-c', 'SELECT 1'], as))
    await run(psql, [...at, '-d', 'postgres', '-v', 'ON_ERROR_STOP=1', '-c', TABLES], as)
    await writeFile(script, PAYMENT)
  } catch (error) {
    await child.stop()
    throw error
  }
  const pgbench = async (words: readonly string[]): Promise<string> => {
    const fixed = ['-n', '-M', 'prepared', '-f', script]
    const all = [...at, ...fixed, ...words, 'postgres']
    return (await run(join(programs, 'pgbench'), all, as)).stdout
  }
  return { measure: (load) => measure(pgbench, load), close: child.stop }
}

type Pgbench = (words: readonly string[]) => Promise<string>

const measure = async (pgbench: Pgbench, { seconds, inFlight }: PeerLoad): Promise<PeerRate> => {
  const lone = await pgbench(['-c', '1', '-t', `${LONE}`])
  const rateAt = async (clients: number): Promise<number> => {
    // By number: a time would begin before hundreds of connections are there.
    const each = Math.ceil((seconds * EXPECTED_PER_SECOND) / clients)
    const words = ['-c', `${clients}`, '-j', `${THREADS}`, '-t', `${each}`]
    return figureIn(await pgbench(words), /^tps = ([\d.]+)/m)
  }
  return {
    idleMs: figureIn(lone, /^latency average = ([\d.]+) ms/m),
    perSecond: await rateAt(inFlight),
    perSecondAt64: await rateAt(FEW_IN_FLIGHT),
  }
}

/** So that a load takes about as long as it was told. */
const EXPECTED_PER_SECOND = 4_000

/** A figure in what pgbench prints. Throws where there is none: it failed. */
export const figureIn = (output: string, pattern: RegExp): number => {
  const found = Number(pattern.exec(output)?.[1] ?? Number.NaN)
  const failed = Number(/^number of failed transactions: (\d+)/m.exec(output)?.[1] ?? 0)
  if (Number.isNaN(found) || failed > 0) throw new Error(`pgbench said:\n${output}`)
  return found
}

/** PostgreSQL refuses to run as root; its package brings a user for it. */
const ownerOf = async (): Promise<{ readonly uid: number; readonly gid: number } | undefined> => {
  if (process.getuid?.() !== 0) return undefined
  const idOf = async (which: '-u' | '-g'): Promise<number> =>
    Number((await run('id', [which, 'postgres'])).stdout)
  return { uid: await idOf('-u'), gid: await idOf('-g') }
}
