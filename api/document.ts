import { type Examples, type Exemplified, exemplify } from './document-examples.ts'
import { WAIT_MAX_MS } from './limits.ts'
import { webhookDocument } from './webhook-document.ts'

/** The parts of an OpenAPI document that are completed here. */
type Described = {
  webhooks?: object
  paths?: Record<string, Path>
  components?: { schemas?: Record<string, unknown>; examples?: Examples }
}
/** Operations by method. */
type Path = Record<string, Operation>
type Operation = Exemplified & {
  parameters?: object[] | undefined
}

const ANSWERS: ReadonlyMap<string, string> = new Map([
  ['200', 'The answer'],
  ['201', 'Made'],
  ['204', 'Done'],
])

/** What the same mean where a transaction is submitted. */
const SUBMISSION_ANSWERS: ReadonlyMap<string, string> = new Map([
  ['200', 'A replay of a submission answered before'],
  ['201', 'Applied: in a final block, with effect'],
  ['202', 'Kept by this node; the outcome is not known yet. Ask at `Location`'],
])

const submissionHeaders = (waitMs: number) => [
  {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'The payment id, in place of `id` or equal to it',
    schema: { type: 'string', format: 'uuid' },
  },
  {
    name: 'Prefer',
    in: 'header',
    required: false,
    description: `How long to wait for the outcome (RFC 7240): \`wait=5\` in seconds, at most ${WAIT_MAX_MS / 1_000}; otherwise ${waitMs / 1_000}`,
    schema: { type: 'string' },
  },
]

/**
 * The JSON text of an OpenAPI document with what the schemas do not say: headers, answers in words, how
 * long this node lets a submission wait, what it sends to others; and without unused components.
 */
export const finished = (text: string, submissionWaitMs: number): string => {
  const document: Described = JSON.parse(text)
  const headers = submissionHeaders(submissionWaitMs)
  const examples: Examples = {}
  for (const path of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(path)) {
      describe(operation)
      if (submits(operation)) operation.parameters = [...(operation.parameters ?? []), ...headers]
      exemplify(operation, examples)
    }
  }
  document.webhooks = webhookDocument()
  const schemas = usedSchemas(document)
  document.components = { ...document.components, schemas, examples }
  return JSON.stringify(document)
}

/** Whatever may be answered before its outcome is known submits a transaction. */
const submits = ({ responses }: Operation): boolean => responses?.['202'] !== undefined

const describe = (operation: Operation): void => {
  const answers = submits(operation) ? SUBMISSION_ANSWERS : ANSWERS
  for (const [status, response] of Object.entries(operation.responses ?? {})) {
    if (response.description === 'Default Response')
      response.description = answers.get(status) ?? ''
  }
}

/** By name: in which order they were made depends on what was loaded before. */
const usedSchemas = ({ paths, components }: Described): Record<string, unknown> => {
  const schemas = components?.schemas ?? {}
  const used = referredTo(paths)
  for (const name of used) {
    for (const further of referredTo(schemas[name])) used.add(further)
  }
  const names = Object.keys(schemas).filter((name) => used.has(name))
  return Object.fromEntries(names.toSorted().map((name) => [name, schemas[name]]))
}

const referredTo = (part: unknown): Set<string> => {
  const references = (JSON.stringify(part) ?? '').matchAll(/"#\/components\/schemas\/(\w+)"/g)
  return new Set([...references].map(([, name = '']) => name))
}
