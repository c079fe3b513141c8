import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { Hash } from '#protocol/hash.ts'

/** Bytes written as hexadecimal digits. */
export const Hex = z.string().transform((hex) => new Uint8Array(Buffer.from(hex, 'hex')))

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

const load = <T>(name: string, schema: z.ZodType<T>): T =>
  schema.parse(
    JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8')),
  )

export const leafVectors = load(
  'state-leaf',
  z.object({
    cases: z.array(
      z.object({
        family: z.number(),
        slot: z.number(),
        text: z.string(),
        preimage: Hex,
        leaf: z.string(),
      }),
    ),
  }),
).cases

export const treeVectors = load(
  'state-tree',
  z.object({
    trees: z.array(
      z.object({
        count: z.number(),
        depth: z.number(),
        treeRoot: z.string(),
        family: z.number(),
        familyRoot: z.string(),
        paths: z.array(z.object({ slot: z.number(), path: z.array(z.string()) })),
      }),
    ),
  }),
).trees

export const chunkVectors = load(
  'state-chunks',
  z.object({
    trees: z.array(
      z.object({ count: z.number(), treeRoot: z.string(), chunkRoots: z.array(z.string()) }),
    ),
  }),
).trees

export const transactionVectors = load(
  'state-transactions',
  z.object({
    blocks: z.array(
      z.object({
        outcomes: z.array(z.object({ hash: Hash, outcome: z.string() })),
        leaves: z.array(z.string()),
        transactionRoot: Hash,
        paths: z.array(z.array(z.string())),
      }),
    ),
  }),
).blocks

export const historyVectors = load(
  'state-history',
  z.object({
    histories: z.array(
      z.object({
        count: z.number(),
        historyRoot: Hash,
        paths: z.array(z.object({ height: z.number(), path: z.array(z.string()) })),
      }),
    ),
  }),
).histories

const FamilyName = z.enum(['wallet', 'payment', 'counter'])
const ChangeVector = z.discriminatedUnion('change', [
  z.object({
    change: z.literal('put'),
    family: FamilyName,
    id: z.string(),
    value: z.number(),
  }),
  z.object({ change: z.literal('remove'), family: FamilyName, id: z.string() }),
])
export type ChangeVector = z.infer<typeof ChangeVector>

export const blockVectors = load(
  'state-blocks',
  z.object({
    families: z.array(z.object({ name: z.string(), number: z.number(), recycled: z.boolean() })),
    blocks: z.array(
      z.object({
        changes: z.array(ChangeVector),
        writes: z.array(
          z.object({
            family: z.string(),
            slot: z.number(),
            key: z.string().nullable(),
            text: z.string(),
          }),
        ),
        familyRoots: z.array(z.string()),
        stateRoot: Hash,
      }),
    ),
  }),
)
