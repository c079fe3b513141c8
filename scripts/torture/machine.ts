import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { findFaketime } from './clock.ts'

/** What this machine lets a test do; where it does not, the reason. */
export type Machine = {
  /** File systems can be mounted that nobody else sees. */
  readonly mounts: true | string
  /** What a running process may write can be limited. */
  readonly limits: true | string
  /** The library that sets a process's clock. */
  readonly faketime: string | undefined
}

const INSIDE = 'KERMESSE_TORTURE_MOUNTS'
const PROBE_MS = 10_000
/** A mount namespace as the user we are, or else as the root of a user namespace of our own. */
const NAMESPACES = [['--mount'], ['--user', '--map-root-user', '--mount']] as const

export const machine = (): Machine => ({
  mounts:
    process.env[INSIDE] === 'own' ||
    'no mount namespace: run as root, or allow user namespaces (kernel.unprivileged_userns_clone, AppArmor)',
  limits: canRun('prlimit', ['--version']) || 'no prlimit: apt-get install util-linux',
  faketime: findFaketime(),
})

/**
 * Runs this same program once more where it may mount file systems that vanish with it, and gives its
 * exit code; undefined in the inner one, which goes on. Signals reach both.
 */
export const enterNamespace = async (): Promise<number | undefined> => {
  if (process.env[INSIDE] !== undefined) return undefined
  const words = NAMESPACES.find(canMount)
  const [program = '', ...before] =
    words === undefined ? [process.execPath] : ['unshare', ...words, process.execPath]
  const child = spawn(program, [...before, ...process.execArgv, ...process.argv.slice(1)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [INSIDE]: words === undefined ? 'none' : 'own' },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => child.kill(signal))
  }
  const [code] = await once(child, 'exit')
  return typeof code === 'number' ? code : 1
}

const canMount = (words: readonly string[]): boolean =>
  canRun('unshare', [...words, 'mount', '-t', 'tmpfs', 'kermesse-torture', tmpdir()])

const canRun = (program: string, words: readonly string[]): boolean => {
  try {
    execFileSync(program, words, { timeout: PROBE_MS, stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
