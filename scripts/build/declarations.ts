import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Members spelled out: whoever imports them needs neither zod nor our schemas. */
const SPELLED = `
type Spelled<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Spelled<Item>[]
    : { [Member in keyof T]: Spelled<T[Member]> } & {}
declare const spelled: <T>() => Spelled<T>
`

/**
 * Writes the declarations of what others import. Those of \`api/client/wire.ts\` are derived from the
 * schemas of the API; the compiler itself says here what they come to.
 */
export const writeDeclarations = async ({
  root,
  dist,
}: {
  readonly root: string
  readonly dist: string
}): Promise<void> => {
  const work = join(dist, 'work')
  const source = await readFile(join(root, 'api/client/wire.ts'), 'utf8')
  const names = [...source.matchAll(/^export type (\w+) = z\.input/gm)].map(([, name]) => name)
  if (names.length === 0) throw new Error('api/client/wire.ts declares no type')
  const lines = names.map((name) => `export const ${name} = spelled<wire.${name}>()`)
  await mkdir(work, { recursive: true })
  await writeFile(
    join(work, 'wire.ts'),
    `import type * as wire from '../../api/client/wire.ts'\n${SPELLED}${lines.join('\n')}\n`,
  )
  await compile(root)
  const types = join(dist, 'types')
  const emitted = join(work, 'types/api/client')
  for (const path of await readdir(emitted, { recursive: true })) {
    if (!path.endsWith('.d.ts')) continue
    await mkdir(dirname(join(types, path)), { recursive: true })
    const text = await readFile(join(emitted, path), 'utf8')
    await writeFile(join(types, path), text.replaceAll(RELATIVE, "$1.js'"))
  }
  const spelled = await readFile(join(work, 'types/dist/work/wire.d.ts'), 'utf8')
  await writeFile(join(types, 'wire.d.ts'), asTypes(spelled, names))
  await rm(work, { recursive: true })
}

/** Nobody has our sources beside the declarations. */
const RELATIVE = /(from '\.{1,2}\/[^']+)\.ts'/g

const compile = async (root: string): Promise<void> => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  try {
    await run(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root })
  } catch (cause) {
    const output =
      typeof cause === 'object' && cause !== null && 'stdout' in cause ? cause.stdout : ''
    throw new Error(`the declarations do not compile:\n${output}`, { cause })
  }
}

/** Constants that only carry a type, as types. */
const asTypes = (declarations: string, names: readonly (string | undefined)[]): string => {
  const start = declarations.indexOf('export declare const')
  const text = declarations
    .slice(start)
    .replaceAll(/^export declare const (\w+):/gm, 'export type $1 =')
  const declared = [...text.matchAll(/^export type (\w+) =/gm)].map(([, name]) => name)
  if (declared.join() !== names.join()) throw new Error('the compiler left out a type')
  return text
}
