import {
  type CommandFailure,
  type CommandResult,
  type FailureKind,
  failure,
} from '../control/command.ts'

/** What a command line answers. `text`: how a person reads the result; default: its members. */
export type CliAnswer =
  | { readonly ok: true; readonly result: CommandResult; readonly text?: readonly string[] }
  | CommandFailure

/** How the process ends. */
export const EXIT_CODES = {
  ok: 0,
  failed: 1,
  usage: 2,
  remote: 3,
  not_ready: 4,
} as const satisfies Readonly<Record<'ok' | FailureKind, number>>

export const exitCodeOf = (answer: CliAnswer): number =>
  answer.ok ? EXIT_CODES.ok : EXIT_CODES[answer.kind]

/** A failure of the world as an answer; undefined for what is our own mistake. */
export const failureOf = (error: unknown): CommandFailure | undefined => {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') {
    return undefined
  }
  const { code, message, name } = error
  if (name === 'NetworkError') return failure('remote', code, message, REACH)
  if (code === 'passphrase_wrong') return failure('failed', code, message, PASSPHRASE)
  const isOfSystem = /^E[A-Z]+$/.test(code)
  return failure('failed', isOfSystem ? 'io_failed' : code, message, TODOS[code])
}

export const PASSPHRASE =
  'give it in KERMESSE_PASSPHRASE_FILE, in KERMESSE_PASSPHRASE, as the system credential ' +
  'kermesse-passphrase, or at the terminal'

const REACH = 'check that the authority runs and that its address is reachable from here'

const TODOS: Readonly<Record<string, string>> = {
  data_directory_in_use: 'stop the other node first; one process at a time holds a data directory',
  EACCES: 'run it as the user that owns these files',
  EADDRINUSE: 'another process listens there: stop it, or choose another port in node.yaml',
  ENOENT: 'check the path; make a node with: kermesse init',
  ENOSPC: 'free some disk space',
}
