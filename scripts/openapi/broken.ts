import { createFit, type Fit } from './fit.ts'
import type { ApiPromise, PromisedOperation } from './promise.ts'

/** A promise that is not kept: where, and what a client would notice. */
export type Broken = string

/**
 * What of `before` is not kept by `now`; empty: a client that was written for `before` goes on to
 * work. What is new may be anything: operations, codes, members of answers, optional members of requests.
 */
export const brokenPromises = (before: ApiPromise, now: ApiPromise): readonly Broken[] => {
  const fits = {
    request: createFit({ from: before.schemas, to: now.schemas, reads: 'all members' }),
    answer: createFit({ from: now.schemas, to: before.schemas, reads: 'known members' }),
  }
  return Object.entries(before.operations).flatMap(([name, promised]) => {
    const kept = now.operations[name]
    const broken = kept === undefined ? ['is gone'] : brokenIn(promised, kept, fits)
    return broken.map((what) => `${name}: ${what}`)
  })
}

type Fits = { readonly request: Fit; readonly answer: Fit }

const brokenIn = (
  before: PromisedOperation,
  now: PromisedOperation,
  fits: Fits,
): readonly string[] => [
  ...(before.isOpen && !now.isOpen ? ['needs a credential now'] : []),
  ...parametersBroken(before, now, fits),
  ...bodiesBroken(before, now, fits),
  ...answersBroken(before, now, fits),
  ...before.codes.filter((code) => !now.codes.includes(code)).map((code) => `${code} is gone`),
]

const parametersBroken = (before: PromisedOperation, now: PromisedOperation, fits: Fits) => [
  ...Object.entries(before.parameters).flatMap(([name, { required, schema }]) => {
    const kept = now.parameters[name]
    if (kept === undefined) return [`parameter ${name} is gone`]
    const unfit = fits.request(schema, kept.schema).map((why) => `parameter ${name}: ${why}`)
    return kept.required && !required ? [`parameter ${name} is required now`, ...unfit] : unfit
  }),
  ...Object.entries(now.parameters)
    .filter(([name, { required }]) => required && before.parameters[name] === undefined)
    .map(([name]) => `parameter ${name} is new and required`),
]

const bodiesBroken = (before: PromisedOperation, now: PromisedOperation, fits: Fits) => {
  if (Object.keys(before.bodies).length === 0 && Object.keys(now.bodies).length > 0) {
    const bodies = Object.values(now.bodies)
    return bodies.every((body) => fits.request(NOTHING, body).length > 0)
      ? ['a body is needed now']
      : []
  }
  return Object.entries(before.bodies).flatMap(([type, schema]) => {
    const kept = now.bodies[type]
    return kept === undefined
      ? [`${type} is taken no more`]
      : fits.request(schema, kept).map((why) => `body as ${type}: ${why}`)
  })
}

/** As who sends no body is read. */
const NOTHING = { type: 'null' }

const answersBroken = (before: PromisedOperation, now: PromisedOperation, fits: Fits) =>
  Object.entries(before.answers).flatMap(([name, schema]) => {
    const kept = now.answers[name]
    return kept === undefined
      ? [`answer ${name} is gone`]
      : fits.answer(kept, schema).map((why) => `answer ${name}: ${why}`)
  })
