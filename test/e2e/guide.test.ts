import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import { ensure } from '../support/debian.ts'
import { openFederation, venueOf } from '../support/federation.ts'
import { ROOT, run } from '../support/federation-command.ts'
import { runExample } from '../support/run-example.ts'

const BUILD_MS = 120_000
const LINE_MS = 60_000

const GUIDE = await readFile(join(ROOT, 'docs/POS.md'), 'utf8')
const blocksOf = (language: string): readonly string[] =>
  [...GUIDE.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(
    ([, text]) => text ?? '',
  )

let directory: string
let federation: LocalFederation

beforeAll(async () => {
  await ensure({ package: 'curl', check: ['curl', '--version'] })
  directory = await mkdtemp(join(tmpdir(), 'kermesse-guide-'))
  const built = await run('npm', ['run', 'build'], { timeoutMs: BUILD_MS })
  if (built.exitCode !== 0) throw new Error(built.everything)
  federation = await openFederation(join(directory, 'federation'))
}, BUILD_MS * 2)

afterAll(async () => {
  await federation?.stop()
  await rm(directory, { recursive: true, force: true, maxRetries: 3 })
})

/** Each line with curl, and the comment after it: the status, and a part of the answer. */
const asked = blocksOf('sh').flatMap((block) =>
  [...block.matchAll(/^(curl .*)\n# (\d+) (.*)$/gm)].map(
    ([, line = '', status = '', part = '']) => ({ line, status, part }),
  ),
)

describe('docs/POS.md', () => {
  test('says after every line what it answers', () => {
    const lines = blocksOf('sh').flatMap((block) => block.trim().split('\n'))
    expect(lines).toHaveLength(asked.length * 2)
    expect(asked.length).toBeGreaterThan(12)
  })

  test('every line with curl answers what is said there', async () => {
    const { apiUrl, apiKey } = venueOf(federation, 0)
    const ids = new Map<string, string>()
    const idOf = (name: string): string => {
      const id = ids.get(name) ?? v7()
      ids.set(name, id)
      return id
    }
    const names = `H='authorization: Bearer ${apiKey}'; J='content-type: application/json'; U=${apiUrl}/v1`
    for (const { line, status, part } of asked) {
      const filled = line.replaceAll(/<(\w+)>/g, (_, name: string) => idOf(name))
      const answered = filled.replace('curl -s', 'curl -s -w "\\n%{http_code}"')
      const { output } = await run('bash', ['-e', '-c', `${names}; ${answered}`], {
        timeoutMs: LINE_MS,
      })
      expect([line, output]).toEqual([line, expect.stringContaining(part)])
      expect([line, output.split('\n').at(-1)]).toEqual([line, status])
    }
  })

  test('its program runs, from the package that is built', async () => {
    const work = join(directory, 'work')
    await mkdir(join(work, 'node_modules'), { recursive: true })
    await symlink(join(ROOT, 'dist'), join(work, 'node_modules/kermesse'))
    await writeFile(join(work, 'package.json'), '{ "type": "module" }')
    await writeFile(join(work, 'guide.ts'), blocksOf('ts').join('\n'))
    const { apiUrl, apiKey } = venueOf(federation, 0)
    const { lines } = await runExample([process.execPath, 'guide.ts'], work, {
      ...{ KERMESSE_URL: apiUrl, KERMESSE_KEY: apiKey, KERMESSE_GENESIS: federation.genesisFile },
    })
    expect(lines).toEqual([...['0 0', 'green 650', 'proven applied 650'], 'seen refund true'])
  })
})
