import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { NodeConfig } from './node-config.ts'

/** Largest configuration file: a page of settings, with room. */
const CONFIG_BYTES_MAX = 65_536

/** One thing wrong with a configuration: where, what was given, what is allowed. */
export type ConfigProblem = {
  readonly path: string
  readonly given?: string
  readonly message: string
}

export type LoadedConfig =
  | { readonly ok: true; readonly config: NodeConfig; readonly folder: string }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

/** Settings from the environment: `KERMESSE_API_PORT=4102` sets `api.port`. */
export const ENVIRONMENT_SETTINGS = {
  KERMESSE_DATA_DIRECTORY: ['dataDirectory'],
  KERMESSE_GENESIS_FILE: ['genesisFile'],
  KERMESSE_KEY_FILE: ['keyFile'],
  KERMESSE_API_HOST: ['api', 'host'],
  KERMESSE_API_PORT: ['api', 'port'],
  KERMESSE_API_TLS: ['api', 'tls'],
  KERMESSE_SIGNATURE_CHECKS: ['signatureChecks'],
  KERMESSE_LOG: ['log'],
} as const

/** A value that goes over the file's, at a path of member names. */
export type Setting = { readonly path: readonly string[]; readonly value: unknown }

/**
 * The configuration of a node: file, then environment over file, then flags over environment; parsed
 * once, frozen. A wrong or unknown value is a problem with its path, never a guess.
 */
export const loadConfig = (
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
  flags: readonly Setting[] = [],
): LoadedConfig => {
  const read = readDocument(file)
  if (!read.ok) return read
  const document = [...settingsOf(environment), ...flags].reduce(
    (values, { path, value }) => withValue(values, path, value),
    read.document,
  )
  const parsed = NodeConfig.safeParse(document)
  if (!parsed.success) {
    return {
      ok: false,
      problems: parsed.error.issues.flatMap((issue) => problemsOf(issue, document)),
    }
  }
  return { ok: true, config: Object.freeze(parsed.data), folder: dirname(resolve(file)) }
}

type Values = { readonly [name: string]: unknown }

const readDocument = (
  file: string,
):
  | { readonly ok: true; readonly document: Values }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] } => {
  const fail = (message: string) => ({ ok: false as const, problems: [{ path: file, message }] })
  try {
    const bytes = readFileSync(file)
    if (bytes.length > CONFIG_BYTES_MAX) return fail(`longer than ${CONFIG_BYTES_MAX} bytes`)
    const document: unknown = parse(bytes.toString('utf8'), { maxAliasCount: 0 })
    return isValues(document)
      ? { ok: true, document }
      : fail('not a list of settings: expected lines such as "role: venue"')
  } catch (error) {
    return fail(error instanceof Error ? error.message : 'unreadable')
  }
}

const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const settingsOf = (
  environment: Readonly<Record<string, string | undefined>>,
): readonly Setting[] =>
  Object.entries(ENVIRONMENT_SETTINGS).flatMap(([name, path]) => {
    const value = environment[name]
    if (value === undefined) return []
    return [{ path, value: name === 'KERMESSE_API_PORT' ? numberOf(value) : value }]
  })

/** Environment values are text, and a folder may be called 2026; only a port is a number. */
const numberOf = (text: string): string | number => (/^\d{1,15}$/.test(text) ? Number(text) : text)

const withValue = (values: Values, path: readonly string[], value: unknown): Values => {
  const [first, ...rest] = path
  if (first === undefined) return values
  const inner = values[first]
  return {
    ...values,
    [first]: rest.length === 0 ? value : withValue(isValues(inner) ? inner : {}, rest, value),
  }
}

const problemsOf = (issue: z.core.$ZodIssue, document: Values): readonly ConfigProblem[] => {
  if (issue.code !== 'unrecognized_keys') {
    return [problemAt(issue.path, document, issue.message)]
  }
  const message = `no such setting; there are ${settingsAt(issue.path).join(', ')}`
  return issue.keys.map((key) => problemAt([...issue.path, key], document, message))
}

const problemAt = (
  path: readonly PropertyKey[],
  document: Values,
  message: string,
): ConfigProblem => {
  const value = path.reduce<unknown>(memberOf, document)
  const name = path.map(String).join('.') || '(top)'
  return value === undefined
    ? { path: name, message }
    : { path: name, given: textOf(value), message }
}

const memberOf = (value: unknown, name: PropertyKey): unknown => {
  if (Array.isArray(value)) return value[Number(name)]
  return isValues(value) ? value[String(name)] : undefined
}

/** What is shown of a wrong value: enough to find it. */
const GIVEN_CHARACTERS_MAX = 80

const textOf = (value: unknown): string => {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.length > GIVEN_CHARACTERS_MAX ? `${text.slice(0, GIVEN_CHARACTERS_MAX)}…` : text
}

/** Names of the settings at a place of the configuration. */
const settingsAt = (path: readonly PropertyKey[]): readonly string[] => {
  const schema = z.toJSONSchema(NodeConfig, { io: 'input', unrepresentable: 'any' })
  const place = path.reduce<unknown>(
    (at, name) => memberOf(memberOf(at, 'properties'), name),
    schema,
  )
  return Object.keys(memberOf(place, 'properties') ?? {})
}
