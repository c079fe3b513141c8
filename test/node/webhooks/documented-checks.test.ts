import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { secretsOf, signedHeaders } from '#node/webhooks/signing.ts'

const Documented = z.object({
  isAuthentic: z.custom<(headers: object, body: string, secret: string) => boolean>(
    (value) => typeof value === 'function',
  ),
  isSigned: z.custom<(content: string, signature: string, publicKey: string) => boolean>(
    (value) => typeof value === 'function',
  ),
})

/** What docs/WEBHOOKS.md tells receivers to write. */
const documented = async () => {
  const text = await readFile(new URL('../../../docs/WEBHOOKS.md', import.meta.url), 'utf8')
  const code = [...text.matchAll(/```js\n(.*?)```/gs)].map(([, part]) => part).join('\n')
  const folder = await mkdtemp(join(tmpdir(), 'kermesse-documented-'))
  onTestFinished(async () => await rm(folder, { recursive: true }))
  const file = join(folder, 'checks.mjs')
  await writeFile(file, `${code}\nexport { isAuthentic, isSigned }\n`)
  return Documented.parse({ ...(await import(pathToFileURL(file).href)) })
}

test('the checks in docs/WEBHOOKS.md take what a node signs, and nothing else', async () => {
  const { isAuthentic, isSigned } = await documented()
  const secrets = secretsOf(new Uint8Array(32).fill(3), { id: 'whe_1', generation: 1 })
  const body = '{"type":"transaction.applied","data":{"name":"Zoë"}}'
  const sign = (timeMs: number) => signedHeaders({ id: 'evt_1-0', body, timeMs }, [secrets])
  const headers = sign(Date.now())
  expect(isAuthentic(headers, body, secrets.secret)).toBe(true)
  expect(isAuthentic(headers, `${body} `, secrets.secret)).toBe(false)
  expect(isAuthentic(sign(Date.now() - 600_000), body, secrets.secret)).toBe(false)
  const [, signature = ''] = headers['webhook-signature']?.split(' ') ?? []
  const content = `evt_1-0.${headers['webhook-timestamp']}.${body}`
  expect(isSigned(content, signature, secrets.publicKey)).toBe(true)
  expect(isSigned(`${content} `, signature, secrets.publicKey)).toBe(false)
})
