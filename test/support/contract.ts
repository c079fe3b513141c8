import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { z } from 'zod'

const Media = z.looseObject({
  schema: z.looseObject({}).optional(),
  example: z.json().optional(),
  examples: z.record(z.string(), z.looseObject({ $ref: z.string().optional() })).optional(),
})
const Response = z.looseObject({
  description: z.string(),
  content: z.record(z.string(), Media).optional(),
})
const Operation = z.looseObject({
  operationId: z.string(),
  summary: z.string().optional(),
  tags: z.array(z.string()).optional(),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  parameters: z
    .array(
      z.looseObject({
        name: z.string(),
        in: z.string(),
        required: z.boolean().optional(),
        schema: z.looseObject({}),
      }),
    )
    .optional(),
  requestBody: z.looseObject({ content: z.record(z.string(), Media) }).optional(),
  responses: z.record(z.string(), Response),
})
export type Operation = z.infer<typeof Operation>
export type Media = z.infer<typeof Media>

/** What of an OpenAPI document its tests read. */
export const ContractDocument = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.looseObject({
    schemas: z.record(z.string(), z.looseObject({})),
    examples: z.record(z.string(), z.looseObject({ value: z.json() })).optional(),
  }),
})
export type ContractDocument = z.infer<typeof ContractDocument>

/** An answer as it left a server. */
export type SeenAnswer = {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly status: number
  readonly contentType: string
  readonly body: string
}

export type Contract = {
  readonly document: ContractDocument
  readonly operations: readonly ContractOperation[]
  /** What of the answer is not in the document; empty: nothing. */
  readonly breaches: (answer: SeenAnswer) => readonly string[]
  /** The operation at an address. */
  readonly at: (method: string, url: string) => ContractOperation | undefined
  /** Whether a value is what a schema of the document asks for. */
  readonly faultsOf: (schema: object, value: unknown) => readonly string[]
}

export type ContractOperation = {
  readonly path: string
  readonly method: string
  readonly operation: Operation
}

const PROBLEM_TYPE = 'application/problem+json'
/** What any address may answer, documented or not: about the request as such, not about the resource. */
const ANYWHERE: ReadonlySet<string> = new Set([
  'route_unknown',
  'method_not_allowed',
  'request_timeout',
  'headers_too_large',
])
/** What is said where there is no resource at all. */
const NOWHERE: ReadonlySet<string> = new Set([
  ...ANYWHERE,
  'request_invalid',
  'too_large',
  'body_unreadable',
  'media_type_unsupported',
])
const Coded = z.looseObject({ code: z.string() })

/** Holds answers against the document that promises them. */
export const createContract = (given: unknown): Contract => {
  const document = ContractDocument.parse(given)
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  const ajv = new Ajv2020({ strict: false, allErrors: false })
  addFormats.default(ajv)
  ajv.addSchema({ $id: DOCUMENT_ID, components: document.components }, DOCUMENT_ID)
  const compiled = new WeakMap<object, ValidateFunction>()

  const faultsOf: Contract['faultsOf'] = (schema, value) => {
    const validate = compiled.get(schema) ?? ajv.compile(inDocument(schema))
    compiled.set(schema, validate)
    if (validate(value)) return []
    return (validate.errors ?? []).map(
      ({ instancePath, message }) => `${instancePath || '/'} ${message}`,
    )
  }

  const at: Contract['at'] = (method, url) => {
    const name = method === 'HEAD' ? 'get' : method.toLowerCase()
    const path = (url.split(/[?#]/, 1)[0] ?? '').split('/')
    const found = operations.filter(
      (each) => each.method === name && isAt(each.path.split('/'), path),
    )
    return found.toSorted((a, b) => parametersIn(a.path) - parametersIn(b.path))[0]
  }

  const breaches: Contract['breaches'] = (answer) => {
    // Of what has no body nobody can tell which 404 or 405 it is.
    if (answer.method === 'HEAD' && (answer.status === 404 || answer.status === 405)) return []
    const code = codeOf(answer)
    if (code !== undefined && ANYWHERE.has(code)) return []
    const found = at(answer.method, answer.url)
    if (found === undefined) return undocumented(answer, code)
    const { operationId, responses } = found.operation
    const response = responses[answer.status]
    const faults = response === undefined ? ['is not documented'] : bodyFaults(answer, response)
    return faults.map((fault) => `${operationId}: ${answer.status} ${code ?? ''} ${fault}`)
  }

  const bodyFaults = (
    { method, contentType, body }: SeenAnswer,
    { content }: z.infer<typeof Response>,
  ): readonly string[] => {
    if (method === 'HEAD' || (content === undefined && body === '')) return []
    const type = contentType.split(';', 1)[0] ?? ''
    const media = content?.[type]
    if (media === undefined) return [`as ${type} is not documented`]
    const isJson = type.endsWith('json')
    return isJson && media.schema ? faultsOf(media.schema, JSON.parse(body)) : []
  }
  return { document, operations, breaches, at, faultsOf }
}

/** Codes that a documented problem answer lists. */
export const codesOf = (media: Media | undefined): readonly string[] =>
  Listed.safeParse(media?.schema).data?.allOf.flatMap(
    ({ properties }) => properties?.code?.enum ?? [],
  ) ?? []

const Listed = z.looseObject({
  allOf: z.array(
    z.looseObject({
      properties: z
        .looseObject({ code: z.looseObject({ enum: z.array(z.string()) }).optional() })
        .optional(),
    }),
  ),
})

const undocumented = ({ method, url, status }: SeenAnswer, code: string | undefined) =>
  (code !== undefined && NOWHERE.has(code)) || UNDOCUMENTED.some((prefix) => url.startsWith(prefix))
    ? []
    : [`${method} ${url}: ${status} ${code ?? ''} where no operation is documented`]

/** Pages for people. */
const UNDOCUMENTED = ['/docs']

const codeOf = ({ contentType, body }: SeenAnswer): string | undefined => {
  if (!contentType.startsWith(PROBLEM_TYPE) || body === '') return undefined
  return Coded.safeParse(JSON.parse(body)).data?.code
}

const DOCUMENT_ID = 'kermesse:openapi'

/** The schema with its references pointing into the document. */
const inDocument = (schema: object): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', `"$ref":"${DOCUMENT_ID}#/`))

const parametersIn = (path: string): number => path.split('{').length

const isAt = (pattern: readonly string[], path: readonly string[]): boolean =>
  pattern.length === path.length &&
  pattern.every((part, index) => part.startsWith('{') || part === path[index])
