import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { SOCKET_PATH_BYTES_MAX } from './limits.ts'

const SOCKET_NAME = 'control.sock'
/** Says where the socket is when its usual path would be too long for the system. */
const POINTER_NAME = 'control.path'

/**
 * Where a node that holds this data directory listens for commands. Whoever stopped without
 * cleaning up has left a socket or a pointer behind: both are removed.
 */
export const claimSocketPath = async (dataDirectory: string): Promise<string> => {
  await releaseSocketPath(dataDirectory)
  const usual = usualPath(dataDirectory)
  if (fits(usual)) return usual
  const folder = await mkdtemp(join(tmpdir(), 'kermesse-'))
  const path = join(folder, SOCKET_NAME)
  await writeFile(join(dataDirectory, POINTER_NAME), path, { mode: 0o600 })
  return path
}

/** Where to look for the node of this data directory; undefined when nobody listens anywhere. */
export const findSocketPath = async (dataDirectory: string): Promise<string | undefined> => {
  const usual = usualPath(dataDirectory)
  return fits(usual) ? usual : await readPointer(dataDirectory)
}

/** Removes the socket and what points to it. */
export const releaseSocketPath = async (dataDirectory: string): Promise<void> => {
  const pointed = await readPointer(dataDirectory)
  if (pointed !== undefined) await rm(dirname(pointed), { recursive: true, force: true })
  await rm(join(dataDirectory, POINTER_NAME), { force: true })
  await rm(usualPath(dataDirectory), { force: true })
}

const usualPath = (dataDirectory: string): string => join(resolve(dataDirectory), SOCKET_NAME)

const fits = (path: string): boolean => Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX

/** The path in the pointer, if it is one that `claimSocketPath` makes: it is removed one day. */
const readPointer = async (dataDirectory: string): Promise<string | undefined> => {
  try {
    const path = await readFile(join(dataDirectory, POINTER_NAME), 'utf8')
    return isOurs(path) ? path : undefined
  } catch {
    // No pointer: the usual path it is, or nobody listens.
    return undefined
  }
}

/** A folder of the system's own for such, and nothing else: it is removed with all that is in it. */
const isOurs = (path: string): boolean => {
  const folder = dirname(path)
  return (
    path === join(resolve(folder), SOCKET_NAME) &&
    dirname(folder) === resolve(tmpdir()) &&
    basename(folder).startsWith('kermesse-')
  )
}
