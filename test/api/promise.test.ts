import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { openApiText } from '#api/openapi.ts'
import { brokenPromises } from '#scripts/openapi/broken.ts'
import { ApiPromise, promiseOf } from '#scripts/openapi/promise.ts'

const read = async (name: string): Promise<string> =>
  await readFile(new URL(`../../${name}`, import.meta.url), 'utf8')

const { version } = JSON.parse(await read('package.json'))
const promised = ApiPromise.parse(JSON.parse(await read('docs/openapi-promise.json')))

test('what was promised to clients is kept', async () => {
  const now = promiseOf(JSON.parse(await openApiText()), version)
  expect(brokenPromises(promised, now)).toEqual([])
})

test('each release promises what it has: npm run openapi -- --promise', () => {
  expect(promised.version).toBe(version)
})
