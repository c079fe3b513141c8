import { z } from 'zod'
import type { Schema } from './promise.ts'

/** Why something that `from` allows might not be allowed by `to`; empty: everything is. */
export type Fit = (from: Schema, to: Schema) => readonly string[]

export type FitOptions = {
  /** What references in `from` and in `to` name. */
  readonly from: Readonly<Record<string, Schema>>
  readonly to: Readonly<Record<string, Schema>>
  /** A node refuses members that it does not know; a client passes over them, and over codes. */
  readonly reads: 'all members' | 'known members'
}

type Sides = { readonly from: Schema; readonly to: Schema; readonly at: string }
type Check = (sides: Sides) => readonly string[]

/** Nested deeper than any schema of the API: ends what refers to itself. */
const DEPTH_MAX = 40

/** Compares two schemas by what they allow. Where it cannot tell, it says that they do not fit. */
export const createFit = ({ from: fromNames, to: toNames, reads }: FitOptions): Fit => {
  const isOpen = reads === 'known members'

  const within: Check = ({ from: given, to: wanted, at }) => {
    if (at.split('/').length > DEPTH_MAX) return []
    const from = resolved(given, fromNames)
    const to = resolved(wanted, toNames)
    const sides = { from, to, at }
    const choices = choicesOf(from)
    if (choices !== undefined) {
      return choices.flatMap((choice) => within({ from: choice, to, at }))
    }
    return choicesOf(to) === undefined ? plain(sides) : oneFits(sides)
  }

  const oneFits: Check = ({ from, to, at }) => {
    const misfits = (choicesOf(to) ?? []).map((choice) => within({ from, to: choice, at }))
    if (misfits.some((each) => each.length === 0)) return []
    return misfits.length === 1 ? misfits.flat() : [`${at || '/'} fits none of what it may be`]
  }

  const plain: Check = (sides) => [
    ...typesFit(sides),
    ...valuesFit(sides, isOpen),
    ...boundsFit(sides),
    ...sameWords(sides),
    ...partsFit(sides),
    ...membersFit(sides),
    ...itemsFit(sides),
  ]

  const partsFit: Check = ({ from, to, at }) => {
    const [some, all] = [partsOf(from), partsOf(to)]
    if (all.length === 0) return []
    return all.every((part) =>
      some.some((each) => within({ from: each, to: part, at }).length === 0),
    )
      ? []
      : [`${at || '/'} is not all that it must be`]
  }

  const membersFit: Check = ({ from, to, at }) => {
    const [has, may] = [membersOf(from), membersOf(to)]
    const sure = new Set(requiredOf(from))
    const missing = requiredOf(to).filter((name) => !sure.has(name))
    const gone = isOpen ? Object.keys(may).filter((name) => has[name] === undefined) : []
    const unknown = isOpen || !isClosed(to) ? [] : Object.keys(has).filter((name) => !may[name])
    return [
      ...missing.map((name) => `${at}/${name} is not always there`),
      ...gone.filter((name) => !missing.includes(name)).map((name) => `${at}/${name} is gone`),
      ...unknown.map((name) => `${at}/${name} is not known`),
      ...(!isOpen && isClosed(to) && !isClosed(from) && isObject(from)
        ? [`${at || '/'} takes no other members`]
        : []),
      ...Object.entries(has).flatMap(([name, member]) => {
        const wanted = may[name]
        return wanted === undefined ? [] : within({ from: member, to: wanted, at: `${at}/${name}` })
      }),
    ]
  }

  const itemsFit: Check = ({ from, to, at }) => {
    const [item, wanted] = [asSchema(from['items']), asSchema(to['items'])]
    if (wanted === undefined) return []
    return item === undefined
      ? [`${at}/* may be anything`]
      : within({ from: item, to: wanted, at: `${at}/*` })
  }

  return (from, to) => within({ from, to, at: '' })
}

const Schemas = z.array(z.record(z.string(), z.json()))
const Members = z.record(z.string(), z.record(z.string(), z.json()))

const resolved = (schema: Schema, names: Readonly<Record<string, Schema>>): Schema => {
  const name = typeof schema['$ref'] === 'string' ? schema['$ref'].split('/').at(-1) : undefined
  return name === undefined ? schema : (names[name] ?? schema)
}

const choicesOf = (schema: Schema): readonly Schema[] | undefined =>
  Schemas.safeParse(schema['anyOf'] ?? schema['oneOf']).data
const partsOf = (schema: Schema): readonly Schema[] => Schemas.safeParse(schema['allOf']).data ?? []
const membersOf = (schema: Schema): Readonly<Record<string, Schema>> =>
  Members.safeParse(schema['properties']).data ?? {}
const requiredOf = (schema: Schema): readonly string[] =>
  z.array(z.string()).safeParse(schema['required']).data ?? []
const asSchema = (value: unknown): Schema | undefined =>
  z.record(z.string(), z.json()).safeParse(value).data
const isClosed = (schema: Schema): boolean => schema['additionalProperties'] === false
const isObject = (schema: Schema): boolean => schema['type'] === 'object'

const typesFit: Check = ({ from, to, at }) => {
  const wanted = typesOf(to)
  if (wanted === undefined) return []
  const given = typesOf(from)
  const strange = given?.filter((type) => !wanted.includes(type))
  if (strange?.length === 0) return []
  return [`${at || '/'} may be ${strange?.join(', ') ?? 'anything'}, not only ${wanted.join(', ')}`]
}

/** Every integer is a number. */
const typesOf = ({ type }: Schema): readonly string[] | undefined => {
  const types = z.array(z.string()).safeParse([type].flat()).data
  return types?.includes('number') ? [...types, 'integer'] : types
}

const valuesFit = ({ from, to, at }: Sides, isOpen: boolean): readonly string[] => {
  const wanted = valuesOf(to)
  const isCode = isOpen && at.endsWith('/code')
  if (wanted === undefined || isCode) return []
  const given = valuesOf(from)
  if (given === undefined) return [`${at || '/'} may have any value`]
  const strange = given.filter((value) => !wanted.includes(value))
  return strange.map((value) => `${at || '/'} may be ${value}`)
}

const valuesOf = (schema: Schema): readonly string[] | undefined => {
  const values = 'const' in schema ? [schema['const']] : schema['enum']
  return Array.isArray(values) ? values.map((value) => JSON.stringify(value)) : undefined
}

const LEAST = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'] as const
const MOST = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'] as const

const boundsFit: Check = ({ from, to, at }) => [
  ...LEAST.filter((bound) => numberIn(from, bound, -Infinity) < numberIn(to, bound, -Infinity)).map(
    (bound) => `${at || '/'} may be below the ${bound} of ${to[bound]}`,
  ),
  ...MOST.filter((bound) => numberIn(from, bound, Infinity) > numberIn(to, bound, Infinity)).map(
    (bound) => `${at || '/'} may be above the ${bound} of ${to[bound]}`,
  ),
]

const numberIn = (schema: Schema, bound: string, unsaid: number): number => {
  const value = schema[bound]
  return typeof value === 'number' ? value : unsaid
}

/** Whether one text allows all that another does cannot be told: they must be the same, or none wanted. */
const SAME = ['pattern', 'format', 'multipleOf', 'uniqueItems', 'not', 'prefixItems'] as const

const sameWords: Check = ({ from, to, at }) =>
  SAME.filter(
    (word) => to[word] !== undefined && JSON.stringify(from[word]) !== JSON.stringify(to[word]),
  ).map((word) => `${at || '/'} has another ${word}`)
