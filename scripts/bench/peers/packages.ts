import { execFile } from 'node:child_process'
import { glob } from 'node:fs/promises'
import { promisify } from 'node:util'
import { FederationError } from '../../federation/federation-error.ts'

/** Programs of the peers that are measured, by their paths. */
export type Programs = {
  readonly etcd: string
  /** The folder of initdb, postgres and pgbench. */
  readonly postgresql: string
}

const PACKAGES = ['etcd-server', 'postgresql'] as const
const INSTALL_MS = 300_000

const run = promisify(execFile)

/**
 * Where the programs are; installs Debian's packages where they are missing and this process may. Throws a
 * `FederationError` that says what to install.
 */
export const findPrograms = async (tell: (line: string) => void): Promise<Programs> => {
  const found = await lookFor()
  if (found !== undefined) return found
  const line = `apt-get install --yes --no-install-recommends ${PACKAGES.join(' ')}`
  if (process.getuid?.() === 0) {
    tell(`Installing what is missing: ${line}`)
    const quiet = `export DEBIAN_FRONTEND=noninteractive; ${line}`
    const command = `(${quiet}) || (apt-get update && ${quiet})`
    // Whether it came to something is seen below, whatever it said.
    await run('sh', ['-c', command], { timeout: INSTALL_MS }).catch(() => undefined)
    const installed = await lookFor()
    if (installed !== undefined) return installed
  }
  throw new FederationError(`--peers needs etcd and PostgreSQL. Install them as root:\n  ${line}`)
}

const lookFor = async (): Promise<Programs | undefined> => {
  const [etcd] = await pathsOf('/usr/bin/etcd')
  const [pgbench] = await pathsOf('/usr/lib/postgresql/*/bin/pgbench')
  if (etcd === undefined || pgbench === undefined) return undefined
  return { etcd, postgresql: pgbench.slice(0, -'/pgbench'.length) }
}

/** The newest version first. */
const pathsOf = async (pattern: string): Promise<readonly string[]> => {
  const paths: string[] = []
  for await (const path of glob(pattern)) paths.push(path)
  return paths.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
}
