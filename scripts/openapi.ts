import { readFile, writeFile } from 'node:fs/promises'
import { openApiText } from '#api/openapi.ts'
import { brokenPromises } from './openapi/broken.ts'
import { ApiPromise, promiseOf } from './openapi/promise.ts'

const DOCUMENT = new URL('../docs/openapi.json', import.meta.url)
const PROMISE = new URL('../docs/openapi-promise.json', import.meta.url)

/** Makes what the document says a promise to clients, unless it breaks the one before. */
const promise = async (text: string): Promise<void> => {
  const { version } = JSON.parse(
    await readFile(new URL('../package.json', import.meta.url), 'utf8'),
  )
  const now = promiseOf(JSON.parse(text), version)
  const before = await readFile(PROMISE, 'utf8').catch(() => undefined)
  const broken =
    before === undefined ? [] : brokenPromises(ApiPromise.parse(JSON.parse(before)), now)
  if (broken.length > 0) {
    console.error(['This would break what clients rely on:', ...broken].join('\n'))
    process.exitCode = 1
    return
  }
  await writeFile(PROMISE, `${JSON.stringify(now, null, 1)}\n`)
}

/** Writes the committed OpenAPI document; a test compares it with what the node serves. */
const text = await openApiText()
await writeFile(DOCUMENT, text)
if (process.argv.includes('--promise')) await promise(text)
