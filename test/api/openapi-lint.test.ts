import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, test } from 'vitest'
import { openApiText } from '#api/openapi.ts'
import { createContract, type Operation } from '../support/contract.ts'

const text = await openApiText()
const { operations } = createContract(JSON.parse(text))
const each = operations.map(
  ({ method, path, operation }) => [`${method.toUpperCase()} ${path}`, operation] as const,
)

/** What a reader, or a generator of clients, needs of every operation. */
const RULES: readonly (readonly [rule: string, holds: (operation: Operation) => boolean])[] = [
  ['is named in camel case', ({ operationId }) => /^[a-z]+([A-Z][a-z]+)*$/.test(operationId)],
  [
    'says in a sentence what it does',
    ({ summary = '' }) => /^[A-Z].*[^.]$/.test(summary) && summary.length < 100,
  ],
  ['is in one group', ({ tags = [] }) => tags.length === 1],
  ['says who may call it', ({ security }) => security !== undefined],
  [
    'has an answer for when all is well',
    ({ responses }) => Object.keys(responses).some((status) => status.startsWith('2')),
  ],
  [
    'says in words what each answer is',
    ({ responses }) => Object.values(responses).every(({ description }) => description.length > 0),
  ],
  [
    'has problems of one media type',
    ({ responses }) =>
      Object.entries(responses)
        .filter(([status]) => status >= '400')
        .every(
          ([, { content = {} }]) => Object.keys(content).join() === 'application/problem+json',
        ),
  ],
  [
    'names no parameter twice',
    ({ parameters = [] }) => {
      const names = parameters.map(({ name, in: place }) => `${place} ${name.toLowerCase()}`)
      return new Set(names).size === names.length
    },
  ],
  [
    'answers its JSON under a name of the document',
    ({ responses }) =>
      Object.values(responses).every(({ content = {} }) => {
        const schema = content['application/json']?.schema
        return schema === undefined || typeof schema['$ref'] === 'string' || isAnything(schema)
      }),
  ],
]

/** As the document about itself: an object of which nothing is said. */
const isAnything = ({ properties }: { readonly properties?: unknown }): boolean =>
  JSON.stringify(properties) === '{}'

test('the document is OpenAPI 3.1', async () => {
  const validator = new Validator()
  const judged = await validator.validate(JSON.parse(text))
  expect(judged).toEqual({ valid: true })
  expect(validator.version).toBe('3.1')
})

describe.each(RULES)('every operation %s', (_, holds) => {
  test.each(each)('%s', (_name, operation) => {
    expect(holds(operation)).toBe(true)
  })
})
