import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { type Mutant, patched } from './mutant.ts'

const ROOT = new URL('../../../', import.meta.url)
const CHECKERS = new URL('../checkers/', import.meta.url).href
/** Marks the product's modules as the checkers load them: as they are. */
const GENUINE = '?genuine'

/**
 * From now on this thread loads the product as the mutant has it, but for what the checkers import:
 * whoever judges does so by the rules themselves.
 */
export const mutateModules = ({ patches }: Pick<Mutant, 'patches'>): void => {
  const bySource = Map.groupBy(patches, ({ file }) => new URL(file, ROOT).href)
  registerHooks({
    resolve: (specifier, context, next) => {
      const found = next(specifier, context)
      const judging =
        context.parentURL?.startsWith(CHECKERS) === true ||
        context.parentURL?.endsWith(GENUINE) === true
      return judging && isProduct(found.url) ? { ...found, url: `${found.url}${GENUINE}` } : found
    },
    load: (url, context, next) => {
      const own = bySource.get(url)
      if (own === undefined) return next(url, context)
      const source = readFileSync(fileURLToPath(url), 'utf8')
      return { format: 'module-typescript', shortCircuit: true, source: patched(source, own) }
    },
  })
}

const isProduct = (url: string): boolean =>
  ['protocol/', 'consensus/', 'node/'].some((room) => url.startsWith(new URL(room, ROOT).href)) &&
  !url.endsWith(GENUINE)
