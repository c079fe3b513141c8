import { readFile } from 'node:fs/promises'
import {
  PROBLEM_CODES,
  PROBLEM_MEDIA_TYPE,
  PROBLEMS,
  type ProblemCode,
} from '#api/problem/problem.ts'
import { RefusalCode } from '#protocol/transaction/outcome.ts'
import type { ClaimContext, ClaimOutcome } from '#test/claims/claim.ts'
import { type Contract, codesOf, createContract, type SeenAnswer } from '../contract.ts'
import { type CodeRow, codeIn } from './answers.ts'
import { CREDENTIAL_CODES } from './credential-codes.ts'
import { STARTING_CODES, STOPPED_CODES, stopLedger } from './mode-codes.ts'
import { ORDER_CODES, TRANSACTION_CODES } from './order-codes.ts'
import { REQUEST_CODES } from './request-codes.ts'
import { closing } from './small-node.ts'
import { SMALL_NODE_CODES } from './small-node-codes.ts'
import { withVenues } from './venues.ts'
import { WEBHOOK_CODES } from './webhook-codes.ts'

/** What no request is answered, each with the reason. */
export const ELSEWHERE: Readonly<Partial<Record<ProblemCode, string>>> = {
  duplicate: 'a block has this code; over HTTP a used id is told its outcome, or id_reused',
}

/** Events go to this machine, and nowhere without TLS. */
const OVER_TLS = { allowAddresses: ['127.0.0.1/32'] }

/** Families of two venues that are in touch, which disturb each other in nothing. */
const IN_TOUCH = [
  REQUEST_CODES,
  CREDENTIAL_CODES,
  [...TRANSACTION_CODES, ...ORDER_CODES],
  WEBHOOK_CODES,
]

/** Every code that has a row. */
export const ASKED: readonly ProblemCode[] = [
  ...SMALL_NODE_CODES,
  ...IN_TOUCH.flat(),
  ...STARTING_CODES,
  ...STOPPED_CODES,
].map(({ code }) => code)

/** What is to have a row, or a reason: refusals of state have a claim of their own. */
export const WANTED: readonly ProblemCode[] = PROBLEM_CODES.filter(
  (code) => !RefusalCode.safeParse(code).success,
)

const document = new URL('../../../docs/openapi.json', import.meta.url)

/**
 * Brings servers to answer every code but the refusals of state, which have a claim of their own; holds
 * each answer against the row of its code and against the document.
 */
export const everyCode = async (context: ClaimContext): Promise<ClaimOutcome> => {
  const contract = createContract(JSON.parse(await readFile(document, 'utf8')))
  const faults = await allFaults(context, contract)
  const documented = new Set(documentedIn(contract))
  const unasked = WANTED.filter((code) => !faults.has(code) && ELSEWHERE[code] === undefined)
  const wrong = [...faults].flatMap(([code, fault]) =>
    fault === undefined ? [] : [[code, fault] as const],
  )
  const needless = Object.keys(ELSEWHERE).filter((code) => documented.has(code))
  return {
    ok: unasked.length === 0 && wrong.length === 0 && needless.length === 0 && faults.size > 0,
    figure: {
      produced: faults.size - wrong.length,
      documented: WANTED.filter((code) => documented.has(code)).length,
      elsewhere: { ...ELSEWHERE },
      unasked,
      excusedThoughDocumented: needless,
      wrong: Object.fromEntries(wrong),
    },
  }
}

const documentedIn = ({ operations }: Contract): readonly string[] =>
  operations.flatMap(({ operation }) =>
    Object.values(operation.responses).flatMap(({ content }) =>
      codesOf(content?.[PROBLEM_MEDIA_TYPE]),
    ),
  )

/** By code what was wrong with its answer; undefined: nothing. */
type Faults = Map<string, string | undefined>

const allFaults = async (
  { directory, progress }: ClaimContext,
  contract: Contract,
): Promise<Faults> => {
  const faults: Faults = new Map()
  const produce = async <Stage>(
    rows: readonly CodeRow<Stage>[],
    stage: Stage,
    run: (act: () => Promise<SeenAnswer>) => Promise<SeenAnswer> = (act) => act(),
  ): Promise<void> => {
    for (const row of rows) {
      progress(`${row.code}: ${row.how}`)
      const fault = await run(() => row.heard(stage))
        .then((answer) => faultOf(contract, row.code, answer))
        .catch((error: unknown) => `${row.how}: ${error instanceof Error ? error.message : error}`)
      faults.set(row.code, fault)
    }
  }
  await produce(SMALL_NODE_CODES, { directory }, closing)
  await withVenues(`${directory}/venues`, { webhooks: OVER_TLS }, async (venues) => {
    await Promise.all(IN_TOUCH.map((rows) => produce(rows, venues)))
    await produce(STARTING_CODES, venues)
    await produce(STOPPED_CODES, await stopLedger(venues))
  })
  return faults
}

const faultOf = (contract: Contract, code: ProblemCode, answer: SeenAnswer): string | undefined => {
  const { status, body } = answer
  const said = codeIn(answer)
  if (said !== code) return `${status} ${said} ${body.slice(0, SHOWN_CHARACTERS)}`
  if (status !== PROBLEMS[code].status) return `${said} with status ${status}`
  const breaches = contract.breaches(answer)
  return breaches.length === 0 ? undefined : breaches.join('; ')
}

const SHOWN_CHARACTERS = 200
