import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openApiText } from '#api/openapi.ts'
import { PROBLEMS } from '#api/problem/problem.ts'
import { openServer } from './open-server.ts'

const Response = z.looseObject({
  description: z.string().min(1),
  content: z.record(z.string(), z.looseObject({ schema: z.looseObject({}) })).optional(),
})
const Parameter = z.strictObject({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean().optional(),
  description: z.string().optional(),
  example: z.unknown().optional(),
  schema: z.looseObject({}),
})
const Operation = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  tags: z.array(z.string()).length(1),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(Parameter).optional(),
  requestBody: z.looseObject({ content: z.record(z.string(), z.looseObject({})) }).optional(),
  responses: z.record(z.string().regex(/^[1-5]\d\d$/), Response),
})
const Document = z.looseObject({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(
    z.string().startsWith('/'),
    z
      .record(z.enum(['get', 'post', 'delete']), Operation)
      .or(z.partialRecord(z.enum(['get', 'post', 'delete']), Operation)),
  ),
  components: z.looseObject({
    schemas: z.record(z.string(), z.looseObject({})),
    securitySchemes: z.record(z.string(), z.looseObject({})),
  }),
})

const text = JSON.stringify(JSON.parse(await openApiText()))
const document = Document.parse(JSON.parse(text))
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
)

describe('the OpenAPI document', () => {
  test('is made without a node, and is what a node answers', async () => {
    const app = await openServer()
    const answer = await app.inject({ method: 'GET', url: '/openapi.json' })
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(answer.json()).toEqual(JSON.parse(text))
  })

  test('names each operation once', () => {
    const names = operations.map(({ operation }) => operation.operationId)
    expect(new Set(names).size).toBe(names.length)
  })

  test('refers only to what it holds, and holds nothing that is not referred to', () => {
    const references = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    )
    expect(new Set(references)).toEqual(new Set(Object.keys(document.components.schemas)))
    expect(text.match(/"\$ref":"(?!#\/components\/(?:schemas|examples)\/)/)).toBeNull()
  })

  test('declares every parameter of every path', () => {
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
      expect(declared.map(({ name }) => name)).toEqual(inPath)
      expect(declared.every(({ required }) => required)).toBe(true)
    }
  })

  test('lists the problem codes of every error of every route, each under its status', () => {
    const rows = new Map<string, { readonly status: number }>(Object.entries(PROBLEMS))
    const Listed = z.looseObject({
      allOf: z.tuple([
        z.looseObject({ $ref: z.literal('#/components/schemas/Problem') }),
        z.looseObject({
          properties: z.looseObject({ code: z.looseObject({ enum: z.array(z.string()) }) }),
        }),
      ]),
    })
    for (const { operation } of operations) {
      for (const [status, response] of Object.entries(operation.responses)) {
        if (Number(status) < 400) continue
        const schema = response.content?.['application/problem+json']?.schema
        const [, { properties }] = Listed.parse(schema).allOf
        for (const code of properties.code.enum) {
          expect([code, rows.get(code)?.status]).toEqual([code, Number(status)])
        }
      }
    }
  })

  test('says of every route but the public ones that it needs a key', () => {
    const open = operations
      .filter(({ operation }) => operation.security.length === 0)
      .map(({ path }) => path)
    expect(open.toSorted()).toEqual([
      '/livez',
      '/openapi.json',
      '/readyz',
      '/startupz',
      '/v1/network',
    ])
  })
})

describe('every problem code', () => {
  test.each(Object.entries(PROBLEMS))('%s says what happened and what to do', (code, row) => {
    expect(code).toMatch(/^[a-z][a-z_]*$/)
    expect(row.status).toBeGreaterThanOrEqual(400)
    expect(row.title).toMatch(/^[A-Z].*[^.]$/)
    expect(row.action).toMatch(/\.$/)
    if (row.status >= 500) expect(row.retryable).toBe(true)
  })
})

describe('the committed document', () => {
  test('is the one that nodes serve: npm run openapi writes it anew', async () => {
    const committed = await readFile(new URL('../../docs/openapi.json', import.meta.url), 'utf8')
    expect(committed).toBe(await openApiText())
  })
})
