import { stripVTControlCharacters } from 'node:util'

/** Lines in which the tools of `npm test` name what failed. */
const NAMING = [
  // npm run prove
  /^FAILS {2}/,
  // vitest
  /^FAIL {2}/,
  // npm run simulate
  /^seed \d+ fails /,
  /^never happened in /,
  // tsc
  /\berror TS\d+:/,
]
/** npm says which script it runs. */
const STEP = /^> kermesse@\S+ (?<script>\S+)/

const PARTS_MAX = 12
const PART_CHARACTERS_MAX = 240
const LAST_LINES = 3

/**
 * What the output of a failed `npm test` says of what failed, each part once: the step that ended it,
 * then the names; where no tool gave a name, the last lines.
 */
export const failingParts = (output: string): readonly string[] => {
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  const named = lines.filter((line) => NAMING.some((pattern) => pattern.test(line)))
  const step = lines.findLast((line) => STEP.test(line))
  const parts = [
    ...(step === undefined ? [] : [`npm run ${STEP.exec(step)?.groups?.['script']}`]),
    ...(named.length > 0 ? new Set(named) : lines.slice(-LAST_LINES)),
  ]
  return parts.slice(0, PARTS_MAX).map((part) => part.slice(0, PART_CHARACTERS_MAX))
}
