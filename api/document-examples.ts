import { ANSWER_EXAMPLES } from './examples/answers.ts'
import { BODY_EXAMPLES, JOSE_EXAMPLE } from './examples/bodies.ts'
import { problemExamples } from './examples/problems.ts'
import { PROBLEM_MEDIA_TYPE } from './problem/problem.ts'

type Media = { schema?: Schema; example?: unknown; examples?: Record<string, object> }
type Schema = {
  $ref?: string
  allOf?: readonly { properties?: { code?: { enum?: readonly string[] } } }[]
}
type Content = Record<string, Media>

/** The parts of a document that get examples. */
export type Exemplified = {
  operationId?: string
  requestBody?: { content?: Content }
  responses?: Record<string, { description?: string; content?: Content }>
}

/** Examples of a document, each once, by the name that operations refer to. */
export type Examples = Record<string, { summary?: string; value: unknown }>

const BODIES: ReadonlyMap<string, unknown> = new Map(Object.entries(BODY_EXAMPLES))
const ANSWERS: ReadonlyMap<string, unknown> = new Map(Object.entries(ANSWER_EXAMPLES))
const JOSE_MEDIA_TYPE = 'application/jose'

/**
 * Gives each body, answer and problem code of an operation its example. What has none under its name
 * keeps the `examples` of its own schema.
 */
export const exemplify = (operation: Exemplified, examples: Examples): void => {
  const { operationId = '', requestBody, responses = {} } = operation
  for (const [type, media] of Object.entries(requestBody?.content ?? {})) {
    if (type === JOSE_MEDIA_TYPE) media.example = JOSE_EXAMPLE
    else refer(media, { known: BODIES, operationId, examples })
  }
  for (const response of Object.values(responses)) {
    for (const [type, media] of Object.entries(response.content ?? {})) {
      if (type === PROBLEM_MEDIA_TYPE) referToProblems(media, examples)
      else refer(media, { known: ANSWERS, operationId, examples })
    }
  }
}

type Known = {
  readonly known: ReadonlyMap<string, unknown>
  readonly operationId: string
  readonly examples: Examples
}

const refer = (media: Media, { known, operationId, examples }: Known): void => {
  const name = media.schema?.$ref?.split('/').at(-1)
  if (name !== undefined && known.has(name)) {
    examples[name] = { value: known.get(name) }
    media.examples = { [name]: { $ref: `#/components/examples/${name}` } }
  } else if (known.has(operationId)) {
    media.example = known.get(operationId)
  }
}

const referToProblems = (media: Media, examples: Examples): void => {
  const codes = media.schema?.allOf?.flatMap((part) => part.properties?.code?.enum ?? []) ?? []
  for (const [code, value] of problemExamples()) {
    if (codes.includes(code)) examples[code] = { summary: value.title, value }
  }
  media.examples = Object.fromEntries(
    codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]),
  )
}
