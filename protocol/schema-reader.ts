import { z } from 'zod'

/**
 * A quick reader for one schema, with the answers of its `safeParse`. zod copies every value and
 * gathers issues, though nearly all that arrives is valid; here a value is first compared with the
 * form that the schema describes, and only what is not plainly of that form goes through zod, which
 * then says why. The schema stays the only description of what is valid.
 *
 * It is for what `JSON.parse` gave. What it recognises is handed on as it is, not copied: members in
 * the order of the schema, since that is asked for, and nothing transformed, since no schema that
 * would do so has a recogniser.
 */
export const createSchemaReader = <S extends z.ZodType>(
  schema: S,
): ((value: unknown) => z.ZodSafeParseResult<z.output<S>>) => {
  const recognise = recogniserOf(schema)
  const isPlain = (value: unknown): value is z.output<S> => recognise(value)
  return (value) => (isPlain(value) ? { success: true, data: value } : schema.safeParse(value))
}

/** What quickly judges the texts of a schema. */
export type TextJudge = {
  /** True only for what all checks of the schema accept. */
  readonly isValid: (text: string) => boolean
  /** The same text as it was kept before, in memory of its own; undefined where it is not valid. */
  readonly find?: (text: string) => string | undefined
}

/** By the schema itself: one that adds a check to it is another one. zod's registries would inherit. */
const textJudges = new WeakMap<z.core.$ZodType, TextJudge>()

/** Gives a schema of texts a quicker judge than its checks. */
export const withJudge = <S extends z.ZodString>(schema: S, judge: TextJudge): S => {
  textJudges.set(schema, judge)
  return schema
}

/** True only for what the schema accepts as it is; false decides nothing. */
type Recogniser = (value: unknown) => boolean

type Check = z.core.$ZodCheck<never>
type Members = Readonly<Record<string, unknown>>

const recogniserOf = (schema: z.core.$ZodType): Recogniser => {
  if (schema instanceof z.ZodObject) return objectRecogniser(schema)
  if (schema instanceof z.ZodString) return stringRecogniser(schema)
  if (schema instanceof z.ZodNumberFormat) return integerRecogniser(schema)
  if (schema instanceof z.ZodArray) return arrayRecogniser(schema)
  if (schema instanceof z.ZodDiscriminatedUnion) return kindRecogniser(schema)
  if (schema instanceof z.ZodUnion) return unionRecogniser(schema)
  if (schema instanceof z.ZodBoolean) return (value) => typeof value === 'boolean'
  if (schema instanceof z.ZodLiteral || schema instanceof z.ZodEnum) return oneOf(schema)
  throw new Error(`no recogniser of a ${schema._zod.def.type}`)
}

/** A strict object whose members come in the order of the schema. */
const objectRecogniser = (schema: z.ZodObject): Recogniser => {
  requireStrict(schema)
  const members = Object.entries(schema.shape).map(([name, member]) => ({
    name,
    isOptional: member instanceof z.ZodOptional,
    recognise: recogniserOf(member instanceof z.ZodOptional ? member.unwrap() : member),
  }))
  const needed = members.findLastIndex(({ isOptional }) => !isOptional) + 1
  const conditions = refinements(schema.def.checks)
  return (value) => {
    if (!isObject(value)) return false
    let next = 0
    for (const name in value) {
      const at = placeOf(name, members, next)
      const member = members[at]
      if (member === undefined || !member.recognise(value[name])) return false
      next = at + 1
    }
    return next >= needed && holdAll(conditions, value)
  }
}

export const requireStrict = (schema: z.ZodObject): void => {
  if (!(schema.def.catchall instanceof z.ZodNever)) throw new Error('not a strict object')
}

type Member = {
  readonly name: string
  readonly isOptional: boolean
  readonly recognise: Recogniser
}

/** The place of a member that may come next, where only optional ones are passed over; else -1. */
const placeOf = (name: string, members: readonly Member[], from: number): number => {
  for (let at = from; at < members.length; at++) {
    const member = members[at]
    if (member?.name === name) return at
    if (member?.isOptional !== true) return -1
  }
  return -1
}

/** Objects told apart by one literal member. */
const kindRecogniser = (schema: z.ZodDiscriminatedUnion): Recogniser => {
  const { discriminator } = schema.def
  const byKind = new Map<unknown, Recogniser>()
  for (const option of schema.options) {
    const kind = option instanceof z.ZodObject ? option.shape[discriminator] : undefined
    if (!(kind instanceof z.ZodLiteral)) throw new Error('a kind that is not a literal')
    for (const value of kind.values) byKind.set(value, recogniserOf(option))
  }
  requireNone(schema.def.checks)
  return (value) => {
    if (!isObject(value)) return false
    const recognise = byKind.get(value[discriminator])
    return recognise?.(value) === true
  }
}

const unionRecogniser = (schema: z.ZodUnion): Recogniser => {
  requireNone(schema.def.checks)
  const options = schema.options.map(recogniserOf)
  return (value) => {
    for (const recognise of options) if (recognise(value)) return true
    return false
  }
}

const arrayRecogniser = (schema: z.ZodArray): Recogniser => {
  const recognise = recogniserOf(schema.element)
  const { lengthMin, lengthMax, rest } = lengthsIn(schema.def.checks)
  const conditions = refinements(rest)
  return (value) => {
    if (!Array.isArray(value)) return false
    if (value.length < lengthMin || value.length > lengthMax) return false
    for (const item of value) if (!recognise(item)) return false
    return holdAll(conditions, value)
  }
}

const stringRecogniser = (schema: z.ZodString): Recogniser => {
  const { isValid } = textJudgeOf(schema)
  return (value) => typeof value === 'string' && isValid(value)
}

/** The judge that a schema of texts was given, or its checks. */
export const textJudgeOf = (schema: z.ZodString): TextJudge => {
  const given = textJudges.get(schema)
  if (given !== undefined) return given
  const { lengthMin, lengthMax, rest } = lengthsIn(schema.def.checks)
  const patterns: RegExp[] = []
  const others: Check[] = []
  for (const check of rest) {
    if (check instanceof z.core.$ZodCheckRegex) patterns.push(check._zod.def.pattern)
    else others.push(check)
  }
  const conditions = refinements(others)
  const isValid = (value: string): boolean => {
    if (value.length < lengthMin || value.length > lengthMax) return false
    for (const pattern of patterns) if (!pattern.test(value)) return false
    return holdAll(conditions, value)
  }
  return { isValid }
}

const integerRecogniser = (schema: z.ZodNumberFormat): Recogniser => {
  const { least, most } = boundsOf(schema)
  return (value) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most
}

/** Between what a schema of integers allows them. */
export const boundsOf = (
  schema: z.ZodNumberFormat,
): { readonly least: number; readonly most: number } => {
  if (schema._zod.def.format !== 'safeint')
    throw new Error(`no recogniser of a ${schema._zod.def.format}`)
  let least = Number.MIN_SAFE_INTEGER
  let most = Number.MAX_SAFE_INTEGER
  for (const check of schema.def.checks ?? []) {
    if (check instanceof z.core.$ZodCheckGreaterThan && check._zod.def.inclusive) {
      least = Math.max(least, Number(check._zod.def.value))
    } else if (check instanceof z.core.$ZodCheckLessThan && check._zod.def.inclusive) {
      most = Math.min(most, Number(check._zod.def.value))
    } else throw unknownCheck(check)
  }
  return { least, most }
}

const oneOf = (schema: z.ZodLiteral | z.ZodEnum): Recogniser => {
  requireNone(schema.def.checks)
  const values = new Set<unknown>(schema instanceof z.ZodLiteral ? schema.values : schema.options)
  return (value) => values.has(value)
}

/** Bounds of a length, and the checks that are something else. */
export const lengthsIn = (checks: readonly Check[] = []) => {
  let lengthMin = 0
  let lengthMax = Number.POSITIVE_INFINITY
  const rest: Check[] = []
  for (const check of checks) {
    if (check instanceof z.core.$ZodCheckMinLength) lengthMin = check._zod.def.minimum
    else if (check instanceof z.core.$ZodCheckMaxLength) lengthMax = check._zod.def.maximum
    else rest.push(check)
  }
  return { lengthMin, lengthMax, rest }
}

type Condition = (value: unknown) => unknown

/** The conditions of checks that all must be refinements. */
export const refinements = (checks: readonly Check[] = []): readonly Condition[] =>
  checks.map((check) => {
    if (check instanceof z.core.$ZodCustom && check._zod.def.when === undefined) {
      return check._zod.def.fn
    }
    throw unknownCheck(check)
  })

/** The value has the form that the conditions are made for: they come last. */
export const holdAll = (conditions: readonly Condition[], value: unknown): boolean => {
  for (const holds of conditions) if (!holds(value)) return false
  return true
}

export const requireNone = (checks: readonly Check[] = []): void => {
  for (const check of checks) throw unknownCheck(check)
}

const unknownCheck = (check: Check): Error =>
  new Error(`no recogniser of the check ${check._zod.def.check}`)

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
