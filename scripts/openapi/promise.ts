import { z } from 'zod'

/** A part of JSON Schema 2020-12: what decides which values are valid. */
export type Schema = { readonly [keyword: string]: z.core.util.JSONType }
const Schema: z.ZodType<Schema> = z.record(z.string(), z.json())

const Parameter = z.object({
  name: z.string(),
  in: z.string(),
  required: z.boolean().default(false),
  schema: Schema,
})
const Content = z.record(z.string(), z.object({ schema: Schema.default({}) }))
const Operation = z.object({
  security: z.array(z.record(z.string(), z.json())).default([]),
  parameters: z.array(Parameter).default([]),
  requestBody: z.object({ content: Content }).default({ content: {} }),
  responses: z.record(z.string(), z.object({ content: Content.default({}) })),
})
type Operation = z.infer<typeof Operation>
const Described = z.object({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.record(z.string(), Schema) }),
})

/** What clients may rely on of one operation. */
const PromisedOperation = z.strictObject({
  /** Whether it needs no credential. */
  isOpen: z.boolean(),
  /** By place and name: `query limit`. */
  parameters: z.record(z.string(), z.strictObject({ required: z.boolean(), schema: Schema })),
  /** By media type. */
  bodies: z.record(z.string(), Schema),
  /** By status and media type: `201 application/json`. */
  answers: z.record(z.string(), Schema),
  /** With their status: `422 card_blocked`. */
  codes: z.array(z.string()),
})
export type PromisedOperation = z.infer<typeof PromisedOperation>

/** What clients may rely on of an API, without a word of explanation. */
export const ApiPromise = z.strictObject({
  /** Release in which it was made. */
  version: z.string(),
  /** By method and path: `POST /v1/payments`. */
  operations: z.record(z.string(), PromisedOperation),
  schemas: z.record(z.string(), Schema),
})
export type ApiPromise = z.infer<typeof ApiPromise>

const PROBLEM = 'application/problem+json'

/** The promise that an OpenAPI document makes. */
export const promiseOf = (document: unknown, version: string): ApiPromise => {
  const { paths, components } = Described.parse(document)
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) => [`${method.toUpperCase()} ${path}`, promisedOf(operation)] as const,
    ),
  )
  return {
    version,
    operations: Object.fromEntries(operations),
    schemas: mapped(components.schemas, bare),
  }
}

const promisedOf = ({ security, parameters, requestBody, responses }: Operation) => {
  const answers = Object.entries(responses).flatMap(([status, { content }]) =>
    Object.entries(content).map(([type, { schema }]) => ({ status, type, schema })),
  )
  return {
    isOpen: security.length === 0 || security.some((way) => Object.keys(way).length === 0),
    parameters: Object.fromEntries(
      parameters.map(({ name, in: place, required, schema }) => [
        `${place} ${name}`,
        { required, schema: bare(schema) },
      ]),
    ),
    bodies: mapped(requestBody.content, ({ schema }) => bare(schema)),
    answers: Object.fromEntries(
      answers
        .filter(({ type }) => type !== PROBLEM)
        .map(({ status, type, schema }) => [`${status} ${type}`, bare(schema)]),
    ),
    codes: answers
      .filter(({ type }) => type === PROBLEM)
      .flatMap(({ status, schema }) => codesIn(schema).map((code) => `${status} ${code}`))
      .toSorted(),
  }
}

const CodesListed = z.object({
  allOf: z.tuple([
    z.unknown(),
    z.object({ properties: z.object({ code: z.object({ enum: z.array(z.string()) }) }) }),
  ]),
})

const codesIn = (schema: Schema): readonly string[] =>
  CodesListed.parse(schema).allOf[1].properties.code.enum

/** Words of a schema that no value is judged by. */
const WORDS: ReadonlySet<string> = new Set([
  'description',
  'example',
  'examples',
  'title',
  'readOnly',
  'writeOnly',
  'default',
])

/** The schema without words; members of objects keep their names, whatever they are called. */
const bare = (schema: Schema): Schema =>
  Object.fromEntries(
    Object.entries(schema)
      .filter(([keyword]) => !WORDS.has(keyword))
      .map(([keyword, value]) => [
        keyword,
        keyword === 'properties' ? mapped(Members.parse(value), bare) : bareValue(value),
      ]),
  )

const Members = z.record(z.string(), Schema)

const bareValue = (value: z.core.util.JSONType): z.core.util.JSONType => {
  if (Array.isArray(value)) return value.map(bareValue)
  return typeof value === 'object' && value !== null ? bare(value) : value
}

const mapped = <T, U>(
  of: Readonly<Record<string, T>>,
  change: (value: T) => U,
): Record<string, U> =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, change(value)]))
