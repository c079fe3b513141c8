import type { CommandFailure, CommandResult, Json } from '../control/command.ts'

/** A result as a person reads it: a line a member, a line an item of a list. */
export const linesOf = (result: CommandResult): readonly string[] =>
  Object.entries(result).flatMap(([name, value]) => {
    if (value === undefined) return []
    if (!isList(value)) return [`${labelOf(name)}: ${inline(value)}`]
    if (value.length === 0) return [`${labelOf(name)}: none`]
    return [`${labelOf(name)}:`, ...value.map((item) => `  ${inline(item)}`)]
  })

/** A failure as a person reads it: what happened, then what to do. */
export const failureLines = ({ code, message, todo }: CommandFailure): readonly string[] => [
  `kermesse: ${message} (${code})`,
  ...(todo === undefined ? [] : [`To do: ${todo}.`]),
]

/** `apiKey` → `api key`. */
const labelOf = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

const inline = (value: Json): string => {
  if (value === null) return 'unknown'
  if (isList(value)) return value.map(inline).join(', ')
  if (typeof value !== 'object') return String(value)
  return Object.entries(value)
    .flatMap(([name, member]) =>
      member === undefined ? [] : [`${labelOf(name)} ${inline(member)}`],
    )
    .join(' · ')
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
