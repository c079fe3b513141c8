import { readFileSync } from 'node:fs'

/** A code that holds, or nothing. */
export type Maybe = string | false | undefined

/** The refusal codes of the specification, in its order: that of judgement. */
export const REFUSALS: readonly string[] = (() => {
  const text = readFileSync(new URL('../../protocol/README.md', import.meta.url), 'utf8')
  const section = text.split('### Refusal codes')[1]?.split('### API codes')[0] ?? ''
  return [...section.matchAll(/^\| `(\w+)` \|/gm)].flatMap(([, code]) => code ?? [])
})()

const ORDER: ReadonlyMap<string, number> = new Map(REFUSALS.map((code, index) => [code, index]))

/** Of all that hold the first in the order of judgement. */
export const first = (codes: readonly Maybe[]): string | undefined => {
  let found: string | undefined
  for (const code of codes) {
    if (code === undefined || code === false) continue
    if (found === undefined || orderOf(code) < orderOf(found)) found = code
  }
  return found
}

const orderOf = (code: string): number => {
  const order = ORDER.get(code)
  if (order === undefined) throw new Error(`no refusal code ${code}`)
  return order
}
