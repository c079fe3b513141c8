import { describe, expect, test } from 'vitest'
import { openApiText } from '#api/openapi.ts'
import { PROBLEM_MEDIA_TYPE } from '#api/problem/problem.ts'
import { codesOf, createContract, type Media } from '../support/contract.ts'

const contract = createContract(JSON.parse(await openApiText()))
const { operations, document } = contract

type Shown = readonly [where: string, media: Media]

const answers: readonly (Shown & { readonly 2?: never })[] = operations.flatMap(
  ({ operation: { operationId, responses } }) =>
    Object.entries(responses).flatMap(([status, { content = {} }]) =>
      Object.entries(content)
        .filter(([type]) => type !== PROBLEM_MEDIA_TYPE)
        .map(([type, media]): Shown => [`${operationId} ${status} ${type}`, media]),
    ),
)
const bodies = operations.flatMap(({ operation: { operationId, requestBody } }) =>
  Object.entries(requestBody?.content ?? {}).map(
    ([type, media]): Shown => [`${operationId} ${type}`, media],
  ),
)
const problems = operations.flatMap(({ operation: { operationId, responses } }) =>
  Object.entries(responses).flatMap(([status, { content = {} }]) => {
    const media = content[PROBLEM_MEDIA_TYPE]
    return media === undefined ? [] : [[`${operationId} ${status}`, media] as const]
  }),
)

/** The examples of a body, as values: named ones, its own, or those of its schema. */
const examplesOf = (media: Media): readonly unknown[] => {
  const named = Object.values(media.examples ?? {}).map(
    ({ $ref }) => document.components.examples?.[$ref?.split('/').at(-1) ?? '']?.value,
  )
  const name =
    String(media.schema?.['$ref'] ?? '')
      .split('/')
      .at(-1) ?? ''
  const schema = document.components.schemas[name] ?? media.schema
  const inSchema = schema?.['examples']
  return [
    ...named,
    ...(media.example === undefined ? [] : [media.example]),
    ...(Array.isArray(inSchema) ? inSchema : []),
  ]
}

describe.each([
  ['request', bodies],
  ['answer', answers],
] as const)('every %s', (_, shown) => {
  test.each(shown)('%s has an example that is what its schema asks for', (_where, media) => {
    const examples = examplesOf(media)
    expect(examples).not.toHaveLength(0)
    for (const example of examples) {
      expect(contract.faultsOf(media.schema ?? {}, example)).toEqual([])
    }
  })
})

describe('every problem', () => {
  test.each(problems)('%s has an example of each of its codes', (_where, media) => {
    const codes = codesOf(media)
    expect(Object.keys(media.examples ?? {})).toEqual(codes)
    expect(examplesOf(media)).toHaveLength(codes.length)
    for (const [index, example] of examplesOf(media).entries()) {
      expect(example).toMatchObject({ code: codes[index] })
      expect(contract.faultsOf(media.schema ?? {}, example)).toEqual([])
    }
  })
})

test('no example is of nothing', () => {
  const text = JSON.stringify(document.paths)
  const names = Object.keys(document.components.examples ?? {})
  expect(names.filter((name) => !text.includes(`"#/components/examples/${name}"`))).toEqual([])
})
