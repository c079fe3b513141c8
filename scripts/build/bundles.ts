import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'rolldown'

/** One file that others import, with all that it needs inside. */
export type Bundle = {
  readonly name: string
  readonly entry: string
  /** Where in `dist`. */
  readonly file: string
  readonly minified: boolean
  /** What it may leave to Node.js. */
  readonly imports: readonly string[]
}

/** What browsers load is small; what Node.js loads can be read. */
export const BUNDLES = [
  {
    ...{ name: 'client, Node.js', entry: 'node', file: 'client/node.js', minified: false },
    imports: ['node:fs/promises', 'node:path'],
  },
  {
    ...{ name: 'client, browser', entry: 'browser', file: 'client/browser.js', minified: true },
    imports: [],
  },
  {
    ...{ name: 'verifier', entry: 'verifier', file: 'verifier.js', minified: true },
    imports: [],
  },
] as const satisfies readonly Bundle[]

/** What a bundle came to, in bytes, and the folders of the packages that are in it. */
export type Bundled = {
  readonly name: string
  readonly raw: number
  readonly gzip: number
  readonly packages: readonly string[]
}

/** Bundles one entry as an ES module; of `#…` imports the portable ones, so that nothing native is in it. */
export const writeBundle = async (
  { name, entry, file, minified, imports }: Bundle,
  { root, dist }: { readonly root: string; readonly dist: string },
): Promise<Bundled> => {
  const { output } = await build({
    input: join(root, `api/client/entries/${entry}.ts`),
    platform: 'neutral',
    external: /^node:/,
    resolve: { conditionNames: ['import', 'default'], mainFields: ['module', 'main'] },
    // ES2022: Node.js 20, and browsers since 2022.
    transform: { target: 'es2022' },
    output: {
      file: join(dist, file),
      format: 'es',
      minify: minified,
      codeSplitting: false,
    },
    logLevel: 'warn',
  })
  const bytes = await readFile(join(dist, file))
  const left = output.flatMap((part) => (part.type === 'chunk' ? part.imports : []))
  const strange = left.filter((path) => !imports.includes(path))
  if (strange.length > 0) throw new Error(`${name} imports ${strange.join(', ')}`)
  const modules = output.flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []))
  const packages = [...new Set(modules.flatMap((path) => PACKAGE.exec(path)?.[0] ?? []))]
  return { name, raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, packages }
}

/** Up to the folder of the package that a module is of. */
const PACKAGE = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/
