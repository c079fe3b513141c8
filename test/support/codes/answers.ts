import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { ProblemCode } from '#api/problem/problem.ts'
import type { SeenAnswer } from '../contract.ts'

/** A request as it goes over a socket. A text is a signed transaction unless `headers` say otherwise. */
export type Asked = {
  readonly method?: 'GET' | 'POST' | 'DELETE' | 'PATCH'
  readonly path: string
  readonly body?: object | string
  readonly headers?: Readonly<Record<string, string>>
}

/** One documented code: what leads to it, and the answer of a server that was brought there. */
export type CodeRow<Stage> = {
  readonly code: ProblemCode
  readonly how: string
  readonly heard: (stage: Stage) => Promise<SeenAnswer>
}

/** Whoever asks one server with one credential, or none. */
export type Asker = {
  readonly ask: (asked: Asked) => Promise<SeenAnswer>
  readonly get: (path: string) => Promise<SeenAnswer>
  readonly post: (path: string, body?: object | string) => Promise<SeenAnswer>
  /** Asks again while the node is busy with it, and gives the body of what was done. */
  readonly done: (path: string, body: object | string) => Promise<unknown>
}

const ANSWER_WITHIN_MS = 45_000
const DONE_WITHIN_MS = 60_000
const AGAIN_AFTER_MS = 100
/** Kept and not final yet, too many, or not now: the same again, with the same id. */
export const PASSING: ReadonlySet<number> = new Set([202, 429, 503])

export const askerOf = (url: string, authorization?: string): Asker => {
  const ask = async ({ method, path, body, headers = {} }: Asked): Promise<SeenAnswer> => {
    const type = typeof body === 'string' ? 'application/jose' : 'application/json'
    const verb = method ?? (body === undefined ? 'GET' : 'POST')
    const response = await fetch(url + path, {
      method: verb,
      headers: {
        ...(authorization !== undefined && { authorization }),
        ...(body !== undefined && { 'content-type': type }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    return seenIn({ method: verb, url: path }, response)
  }
  const post: Asker['post'] = (path, body = {}) => ask({ path, body })
  return {
    ask,
    post,
    get: (path) => ask({ path }),
    done: async (path, body) => {
      const { status, body: text } = await standing(() => post(path, body))
      if (status < 300 && status !== 202) return JSON.parse(text)
      throw new Error(`POST ${path}: ${status} ${text}`)
    },
  }
}

/** Asks the same again while the node is busy with it; what it says then stands. */
export const standing = async (ask: () => Promise<SeenAnswer>): Promise<SeenAnswer> => {
  const endMs = performance.now() + DONE_WITHIN_MS
  for (;;) {
    const answer = await ask()
    if (!PASSING.has(answer.status) || performance.now() > endMs) return answer
    await sleep(AGAIN_AFTER_MS)
  }
}

const seenIn = async (
  { method, url }: Pick<SeenAnswer, 'method' | 'url'>,
  response: Response,
): Promise<SeenAnswer> => ({
  method,
  url,
  status: response.status,
  contentType: response.headers.get('content-type') ?? '',
  body: await response.text(),
})

const Coded = z.looseObject({ code: z.string() })

/** The stable code of a problem; of anything else its status. */
export const codeIn = ({ status, body }: SeenAnswer): string => {
  if (status < 400 || body === '') return String(status)
  return Coded.safeParse(JSON.parse(body)).data?.code ?? String(status)
}

/** Asks again and again until a server says this, or gives what it said last. */
export const untilSaid = async (
  code: ProblemCode,
  withinMs: number,
  ask: () => Promise<SeenAnswer>,
): Promise<SeenAnswer> => {
  const endMs = performance.now() + withinMs
  for (;;) {
    const answer = await ask()
    if (codeIn(answer) === code || performance.now() > endMs) return answer
    await sleep(AGAIN_AFTER_MS)
  }
}
