import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { BUNDLES, type Bundled, writeBundle } from './build/bundles.ts'
import { writeDeclarations } from './build/declarations.ts'

const ROOT = join(import.meta.dirname, '..')
const DIST = join(ROOT, 'dist')

const Manifest = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string(),
  license: z.string(),
  exports: z.record(z.string(), z.unknown()),
})

/**
 * Writes `dist`, a package of its own: the client and the verifier, with everything that they need
 * inside. Node.js strips types from no file below `node_modules`, so what others import is built.
 */
const build = async (): Promise<void> => {
  await rm(DIST, { recursive: true, force: true })
  await mkdir(DIST, { recursive: true })
  const bundled: Bundled[] = []
  for (const bundle of BUNDLES) bundled.push(await writeBundle(bundle, { root: ROOT, dist: DIST }))
  await writeDeclarations({ root: ROOT, dist: DIST })
  await writeManifest()
  await writeLicenses(new Set(bundled.flatMap(({ packages }) => packages)))
  for (const file of ['LICENSE', 'docs/POS.md']) {
    await cp(join(ROOT, file), join(DIST, file === 'LICENSE' ? file : 'README.md'))
  }
  for (const { name, raw, gzip } of bundled) {
    console.log(`${name.padEnd(16)} ${kilobytes(raw)} kB, ${kilobytes(gzip)} kB gzip`)
  }
  console.log('npm pack ./dist')
}

/** The package has no dependencies; those of the node are no concern of a till. */
const writeManifest = async (): Promise<void> => {
  const { exports, ...about } = Manifest.parse(
    JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')),
  )
  const manifest = {
    ...about,
    type: 'module',
    sideEffects: false,
    engines: { node: '>=20' },
    exports: JSON.parse(JSON.stringify(exports).replaceAll('./dist/', './')),
    files: ['client', 'types', 'verifier.js', 'THIRD-PARTY.md'],
  }
  await writeFile(join(DIST, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}

/** What is bundled keeps its license. */
const writeLicenses = async (packages: ReadonlySet<string>): Promise<void> => {
  const parts: string[] = []
  for (const folder of [...packages].toSorted()) {
    const { name, version } = Package.parse(
      JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')),
    )
    const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each))
    if (file === undefined) throw new Error(`${name} has no license to carry along`)
    parts.push(`## ${name} ${version}\n\n${(await readFile(join(folder, file), 'utf8')).trim()}\n`)
  }
  await writeFile(join(DIST, 'THIRD-PARTY.md'), `# Bundled packages\n\n${parts.join('\n')}`)
}

const Package = z.object({ name: z.string(), version: z.string() })

const kilobytes = (bytes: number): string => (bytes / 1_000).toFixed(1).padStart(6)

await build()
