import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { Swarm } from './swarm.ts'

const FOLDER = new URL('./regressions/', import.meta.url)

/** A simulation that once failed, and what was wrong. */
const Regression = z.strictObject({ why: z.string().min(1), swarm: Swarm }).readonly()
export type Regression = z.infer<typeof Regression>

export const readRegressions = (): readonly (Regression & { readonly name: string })[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const text = readFileSync(new URL(name, FOLDER), 'utf8')
      return { name, ...Regression.parse(JSON.parse(text)) }
    })

/** Keeps a failing simulation; gives the path of its file. */
export const keepRegression = (name: string, regression: Regression): string => {
  const url = new URL(`${name}.json`, FOLDER)
  writeFileSync(url, `${JSON.stringify(regression, undefined, 2)}\n`)
  return url.pathname
}
