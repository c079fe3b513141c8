import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { pinnedRuntime } from '../../node/runtime.mjs'

const NODE = join(import.meta.dirname, '../../node')

type Run = { readonly code: unknown; readonly stdout: string; readonly stderr: string }

/** A folder with the real launcher, and a main that says it ran. */
const launcherFolder = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'kermesse-launcher-'))
  onTestFinished(async () => await rm(directory, { recursive: true }))
  await mkdir(join(directory, 'node'))
  for (const file of ['kermesse.mjs', 'runtime.mjs']) {
    await copyFile(join(NODE, file), join(directory, 'node', file))
  }
  await writeFile(
    join(directory, 'node/main.ts'),
    'const ran: string = "main ran"\nconsole.log(ran, ...process.argv.slice(2))\n',
  )
  return directory
}

/** Makes the process believe that it is an older Node.js before the launcher looks. */
const asNode20 = async (directory: string): Promise<readonly string[]> => {
  const path = join(directory, 'as-node-20.cjs')
  await writeFile(path, 'Object.defineProperty(process.versions, "node", { value: "20.19.0" })\n')
  return ['--require', path]
}

/** A stand-in for the pinned binary: it runs `script` with `$@` holding its arguments. */
const pin = async (directory: string, script: string): Promise<void> => {
  const module = pinnedRuntime(process.platform, process.arch)
  if (module === undefined) throw new Error('no Node.js is pinned for this machine')
  const path = join(directory, 'node_modules', module)
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  await writeFile(join(path, '../../package.json'), '{}')
}

const launch = (directory: string, flags: readonly string[], ...rest: string[]): Promise<Run> =>
  new Promise((resolve) => {
    const args = [...flags, join(directory, 'node/kermesse.mjs'), ...rest]
    execFile(process.execPath, args, { timeout: 10_000 }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : (error.code ?? error.signal), stdout, stderr }),
    )
  })

describe('kermesse', () => {
  test('runs its main with the arguments given', async () => {
    const directory = await launcherFolder()
    expect(await launch(directory, [], 'status', '--json')).toEqual({
      code: 0,
      stdout: 'main ran status --json\n',
      stderr: '',
    })
  })

  test('under an older Node.js goes on under the pinned one, with its exit code', async () => {
    const directory = await launcherFolder()
    await pin(directory, 'shift; echo "pinned: $*"; exit 3')
    expect(await launch(directory, await asNode20(directory), 'status', '--json')).toEqual({
      code: 3,
      stdout: 'pinned: status --json\n',
      stderr: '',
    })
  })

  test('under an older Node.js ends by the signal that ended the pinned one', async () => {
    const directory = await launcherFolder()
    await pin(directory, 'kill -9 $$')
    expect((await launch(directory, await asNode20(directory))).code).toBe('SIGKILL')
  })

  test('under an older Node.js and without the pinned one says what to do and exits 4', async () => {
    const directory = await launcherFolder()
    const { code, stdout, stderr } = await launch(directory, await asNode20(directory))
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
    expect(stderr).toMatch(/^Kermesse needs Node\.js 24 or later and this is 20\.19\.0: [^\n]+\n$/)
  })
})

test('an npm script under an older Node.js stops with the same sentence', async () => {
  const directory = await launcherFolder()
  await mkdir(join(directory, 'scripts'))
  const script = 'require-runtime.mjs'
  await copyFile(join(NODE, '../scripts', script), join(directory, 'scripts', script))
  const flags = [...(await asNode20(directory)), '--import', join(directory, 'scripts', script)]
  const { code, stderr } = await launch(directory, flags)
  expect({ code, stderr }).toEqual({
    code: 4,
    stderr: expect.stringMatching(/^Kermesse needs Node\.js 24/),
  })
})
