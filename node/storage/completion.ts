import { StorageError } from './storage-error.ts'

/** Called once, when something is done or has failed. */
export type Done = (error?: StorageError) => void

/** What was asked for, or why it cannot be had. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: StorageError }

/** Called once with a result. */
export type Answer<T> = (result: Result<T>) => void

/** One thing to be done. */
export type Step = (done: Done) => void

/** Does the steps one after the other; the first failure ends it. */
export const inOrder = (steps: readonly Step[], done: Done): void => {
  const next = (index: number): void => {
    const step = steps[index]
    if (step === undefined) {
      done()
      return
    }
    step((error) => (error === undefined ? next(index + 1) : done(error)))
  }
  next(0)
}

/** Does all the steps one after the other, whichever fail; done with the first failure. */
export const allInOrder = (steps: readonly Step[], done: Done): void => {
  let failure: StorageError | undefined
  const next = (index: number): void => {
    const step = steps[index]
    if (step === undefined) {
      done(failure)
      return
    }
    step((error) => {
      failure ??= error
      next(index + 1)
    })
  }
  next(0)
}

/** Does the steps at the same time; done when all are, with the first failure if there was one. */
export const together = (steps: readonly Step[], done: Done): void => {
  let open = steps.length
  let failure: StorageError | undefined
  if (open === 0) done()
  for (const step of steps) {
    step((error) => {
      failure ??= error
      open -= 1
      if (open === 0) done(failure)
    })
  }
}

/** Passes a success on to `next`; a failure goes straight to `answer`. */
export const whenDone =
  <T>(answer: Answer<T>, next: () => void): Done =>
  (error) =>
    error === undefined ? next() : answer({ ok: false, error })

/** Passes a value on to `next`; a failure goes straight to `answer`. */
export const withValue =
  <A, B>(answer: Answer<B>, next: (value: A) => void): Answer<A> =>
  (result) =>
    result.ok ? next(result.value) : answer(result)

/** Goes on with what `compute` gives; a `StorageError` it throws goes straight to `answer`. */
export const guarded = <A, B>(
  answer: Answer<B>,
  compute: () => A,
  next: (value: A) => void,
): void => {
  const result = attempt(compute)
  if (result.ok) next(result.value)
  else answer(result)
}

/** What `compute` gives, or the `StorageError` it throws. */
export const attempt = <T>(compute: () => T): Result<T> => {
  try {
    return { ok: true, value: compute() }
  } catch (cause) {
    if (cause instanceof StorageError) return { ok: false, error: cause }
    throw cause
  }
}

/** A callback-style call as a promise; a failure rejects with its `StorageError`. */
export const promised = <T>(call: (answer: Answer<T>) => void): Promise<T> =>
  new Promise((resolve, reject) => {
    call((result) => (result.ok ? resolve(result.value) : reject(result.error)))
  })
