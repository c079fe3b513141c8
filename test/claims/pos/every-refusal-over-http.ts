import { KINDS } from '#protocol/ledger/kinds.ts'
import type { Claim } from '#test/claims/claim.ts'
import { unitTests } from '../../support/unit-report.ts'

const FILES = ['test/protocol/ledger/refusals-']
const VARIABLES = ['KERMESSE_REFUSALS=over-http'] as const

/** What no two requests one after the other come to, each with the reason. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'authority.change change_in_flight': 'the first change must be in the same block, which it ends',
  'correction.execute correction_not_due': 'due to the millisecond: blocks of a node come later',
}

export const claim: Claim = {
  area: 'pos',
  name: 'every-refusal-over-http',
  bound:
    'each code that state refuses each kind with, answered over HTTP by a node that went through what leads to it',
  short: false,
  timeoutMs: 1_800_000,
  run: async ({ directory, progress }) => {
    const tests = await unitTests(directory, FILES, progress, VARIABLES)
    const wanted = Object.entries(KINDS).flatMap(([kind, { codes }]) =>
      codes.map((code) => ({ kind, code })),
    )
    const isShown = (kind: string, code: string): boolean =>
      tests.some(
        ({ heads, title, passed }) =>
          passed && heads.includes(`${kind} is refused`) && title === `over HTTP with ${code}`,
      )
    const missing = wanted
      .filter(({ kind, code }) => !isShown(kind, code))
      .map(({ kind, code }) => `${kind} ${code}`)
    const unexcused = missing.filter((name) => ELSEWHERE[name] === undefined)
    const shown = wanted.filter(({ kind, code }) => isShown(kind, code))
    return {
      ok: unexcused.length === 0 && shown.length > 0,
      figure: {
        codes: new Set(shown.map(({ code }) => code)).size,
        codesOfKinds: shown.length,
        elsewhere: missing.length - unexcused.length,
        missing: unexcused.slice(0, 20),
      },
    }
  },
}
