import { describe, expect, test } from 'vitest'
import { brokenPromises } from '#scripts/openapi/broken.ts'
import { type ApiPromise, promiseOf } from '#scripts/openapi/promise.ts'

const PROBLEM = (...codes: string[]) => ({
  content: {
    'application/problem+json': {
      schema: {
        allOf: [
          { $ref: '#/components/schemas/Problem' },
          { properties: { code: { enum: codes } } },
        ],
      },
    },
  },
})

/** An order with an optional part, and what it answers. */
const document = () => ({
  paths: {
    '/v1/orders': {
      post: {
        operationId: 'order',
        security: [{}],
        parameters: [
          { name: 'limit', in: 'query', schema: { type: 'integer', maximum: 200 } },
          { name: 'id', in: 'path', required: true, schema: { type: 'string', pattern: '^a' } },
        ],
        requestBody: {
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Order' } } },
        },
        responses: {
          '201': {
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Done' } } },
          },
          '422': PROBLEM('card_blocked', 'card_unknown'),
        },
      },
    },
  },
  components: {
    schemas: {
      Order: {
        type: 'object',
        description: 'Words',
        properties: {
          amount: { type: 'integer', minimum: 1 },
          unit: { type: 'string', enum: ['EUR', 'point'] },
          note: { type: 'string', maxLength: 10, description: 'Words' },
          payers: {
            type: 'array',
            items: {
              anyOf: [
                { type: 'object', properties: { tag: { type: 'string' } }, required: ['tag'] },
                { type: 'object', properties: { card: { type: 'string' } }, required: ['card'] },
              ],
            },
          },
        },
        required: ['amount'],
        additionalProperties: false,
      },
      Done: {
        type: 'object',
        properties: {
          status: { type: 'string', enum: ['applied', 'pending'] },
          code: { type: 'string', enum: ['a'] },
          legs: { type: 'array', items: { type: 'integer' } },
          note: { type: 'string' },
        },
        required: ['status', 'legs'],
        additionalProperties: false,
      },
    },
  },
})
type Sample = ReturnType<typeof document>

/** A document after a change of its JSON, in which every `old` becomes `now`. */
const replaced = (old: string, now: string) => (): Sample => {
  const text = JSON.stringify(document())
  if (!text.includes(old)) throw new Error(`the sample has no ${old}`)
  return JSON.parse(text.replaceAll(old, now))
}
const promised = (given: unknown): ApiPromise => promiseOf(given, '1')

const brokenBy = (change: () => unknown) => brokenPromises(promised(document()), promised(change()))

describe('a promise is kept', () => {
  test.each([
    ['by what promised it', document],
    ['whatever words are used', replaced('Words', 'Other words')],
    [
      'by a new operation',
      () => ({
        ...document(),
        paths: { ...document().paths, '/v1/new': document().paths['/v1/orders'] },
      }),
    ],
    [
      'by a new optional parameter',
      replaced('"parameters":[', '"parameters":[{"name":"x","in":"query","schema":{}},'),
    ],
    ['by a parameter of a wider range', replaced('"maximum":200', '"maximum":500')],
    [
      'by a new optional member of a request',
      replaced(
        '"note":{"type":"string","maxLength":10',
        '"extra":{},"note":{"type":"string","maxLength":10',
      ),
    ],
    ['by a longer text in a request', replaced('"maxLength":10', '"maxLength":20')],
    ['by one value more in a request', replaced('["EUR","point"]', '["EUR","point","minute"]')],
    ['by one alternative more in a request', replaced('"anyOf":[', '"anyOf":[{"type":"null"},')],
    [
      'by a member of a request that is needed no more',
      replaced('"required":["amount"]', '"required":[]'),
    ],
    [
      'by another media type',
      replaced(
        '"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Order',
        '"content":{"application/jose":{},"application/json":{"schema":{"$ref":"#/components/schemas/Order',
      ),
    ],
    ['by a new member of an answer', replaced('"legs":{', '"more":{"type":"string"},"legs":{')],
    [
      'by a member of an answer that is always there now',
      replaced('"required":["status","legs"]', '"required":["status","legs","note"]'),
    ],
    [
      'by a value of an answer that comes no more',
      replaced('["applied","pending"]', '["applied"]'),
    ],
    ['by a new code', replaced('"card_blocked",', '"card_blocked","card_lost",')],
    ['by a code of an outcome', replaced('"enum":["a"]', '"enum":["a","b"]')],
    ['by a schema of another name', replaced('/Done"', '/Made"')],
  ])('%s', (name, change) => {
    const now = name.endsWith('another name') ? renamed : change
    expect(brokenBy(now)).toEqual([])
  })

  const renamed = (): unknown => JSON.parse(JSON.stringify(document()).replaceAll('Done', 'Made'))
})

describe('a promise is broken', () => {
  test.each([
    ['by an operation that is gone', () => ({ ...document(), paths: {} }), 'is gone'],
    ['by another path', replaced('/v1/orders', '/v1/order'), 'is gone'],
    [
      'by a credential that is needed',
      replaced('"security":[{}]', '"security":[{"key":[]}]'),
      'needs a credential now',
    ],
    [
      'by a parameter that is gone',
      replaced('"name":"limit"', '"name":"size"'),
      'parameter query limit is gone',
    ],
    [
      'by a parameter that is required',
      replaced('"in":"query"', '"in":"query","required":true'),
      'parameter query limit is required now',
    ],
    [
      'by a new required parameter',
      replaced(
        '"parameters":[',
        '"parameters":[{"name":"x","in":"query","required":true,"schema":{}},',
      ),
      'parameter query x is new and required',
    ],
    [
      'by a parameter of a narrower range',
      replaced('"maximum":200', '"maximum":100'),
      'parameter query limit: / may be above the maximum of 100',
    ],
    [
      'by a parameter of another pattern',
      replaced('"pattern":"^a"', '"pattern":"^b"'),
      'parameter path id: / has another pattern',
    ],
    [
      'by a member of a request that is gone',
      replaced('"note":{"type":"string","maxLength":10', '"other":{"type":"string","maxLength":10'),
      'body as application/json: /note is not known',
    ],
    [
      'by a member of a request that is needed',
      replaced('"required":["amount"]', '"required":["amount","unit"]'),
      'body as application/json: /unit is not always there',
    ],
    [
      'by a shorter text in a request',
      replaced('"maxLength":10', '"maxLength":9'),
      'body as application/json: /note may be above the maxLength of 9',
    ],
    [
      'by a higher least amount',
      replaced('"minimum":1', '"minimum":2'),
      'body as application/json: /amount may be below the minimum of 2',
    ],
    [
      'by a value that a request may not have any more',
      replaced('["EUR","point"]', '["EUR"]'),
      'body as application/json: /unit may be "point"',
    ],
    [
      'by another type',
      replaced('"amount":{"type":"integer"', '"amount":{"type":"string"'),
      'body as application/json: /amount may be integer, not only string',
    ],
    [
      'by an alternative that is gone',
      replaced('"required":["card"]', '"required":["card","tag"]'),
      'body as application/json: /payers/* fits none of what it may be',
    ],
    [
      'by a media type that is taken no more',
      replaced(
        '"requestBody":{"content":{"application/json"',
        '"requestBody":{"content":{"text/plain"',
      ),
      'application/json is taken no more',
    ],
    [
      'by an answer that is gone',
      replaced('"201"', '"200"'),
      'answer 201 application/json is gone',
    ],
    [
      'by a member of an answer that is gone',
      replaced('"note":{"type":"string"}', '"other":{"type":"string"}'),
      'answer 201 application/json: /note is gone',
    ],
    [
      'by a member of an answer that may be left out',
      replaced('"required":["status","legs"]', '"required":["status"]'),
      'answer 201 application/json: /legs is not always there',
    ],
    [
      'by a new value of an answer',
      replaced('["applied","pending"]', '["applied","pending","held"]'),
      'answer 201 application/json: /status may be "held"',
    ],
    [
      'by another type in a list',
      replaced('"items":{"type":"integer"}', '"items":{"type":"number"}'),
      'answer 201 application/json: /legs/* may be number, not only integer',
    ],
    ['by a code that is gone', replaced('"card_blocked",', ''), '422 card_blocked is gone'],
    ['by a code of another status', replaced('"422"', '"409"'), '422 card_blocked is gone'],
  ])('%s', (_, change, broken) => {
    expect(brokenBy(change)).toContain(`POST /v1/orders: ${broken}`)
  })

  test('and says so of each part, once', () => {
    const change = replaced('"maxLength":10', '"maxLength":9')
    expect(brokenBy(change)).toHaveLength(1)
  })
})
