import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const ROOT = join(import.meta.dirname, '../..')

/** Compiled sources, shared by all nodes of this machine: a node starts in two thirds of the time. */
const CACHE = join(ROOT, 'node_modules/.cache/kermesse')

/** Makes a Node.js process read and fill that cache. */
export const COMPILE_CACHE_ENVIRONMENT = { NODE_COMPILE_CACHE: CACHE } as const

/**
 * Fills the cache once, so that six nodes that start together do not each compile everything. When it
 * cannot be filled, nodes only start later.
 */
export const warmCompileCache = async (): Promise<void> => {
  if (existsSync(CACHE)) return
  const modules = ['node/cli/run-cli.ts', 'node/node.ts'].map((file) =>
    JSON.stringify(pathToFileURL(join(ROOT, file)).href),
  )
  const script = modules.map((url) => `await import(${url})`).join(';')
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: 'ignore',
    env: { ...process.env, ...COMPILE_CACHE_ENVIRONMENT },
  })
  await new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
}
