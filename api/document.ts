import { WAIT_MAX_MS } from './limits.ts'

/** The parts of an OpenAPI document that are completed here. */
type Described = {
  paths?: Record<string, Path | undefined> | undefined
  components?: { schemas?: Record<string, unknown> | undefined } | undefined
}
type Path = { get?: Operation | undefined; post?: Operation | undefined }
type Operation = {
  parameters?: object[] | undefined
  responses?: Record<string, object> | undefined
}

const ANSWERS: ReadonlyMap<string, string> = new Map([
  ['200', 'The answer; for a submission, a replay of one answered before'],
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
 * long this node lets a submission wait; and without unused components.
 */
export const finished = (text: string, submissionWaitMs: number): string => {
  const document: Described = JSON.parse(text)
  const headers = submissionHeaders(submissionWaitMs)
  for (const path of Object.values(document.paths ?? {})) {
    for (const operation of [path?.get, path?.post]) {
      for (const [status, response] of Object.entries(operation?.responses ?? {})) {
        describe(status, response)
      }
    }
    if (path?.post) path.post.parameters = [...(path.post.parameters ?? []), ...headers]
  }
  dropUnused(document)
  return JSON.stringify(document)
}

const describe = (status: string, response: { description?: string }): void => {
  const unsaid = response.description === 'Default Response'
  if (unsaid) response.description = ANSWERS.get(status) ?? ''
}

const dropUnused = ({ paths, components }: Described): void => {
  const schemas = components?.schemas ?? {}
  const used = referredTo(paths)
  for (const name of used) {
    for (const further of referredTo(schemas[name])) used.add(further)
  }
  for (const name of Object.keys(schemas)) {
    if (!used.has(name)) delete schemas[name]
  }
}

const referredTo = (part: unknown): Set<string> => {
  const references = (JSON.stringify(part) ?? '').matchAll(/"#\/components\/schemas\/(\w+)"/g)
  return new Set([...references].map(([, name = '']) => name))
}
