import { KINDS } from '#protocol/ledger/kinds.ts'
import type { Claim } from '#test/claims/claim.ts'
import { type UnitTest, unitTests } from '../../support/unit-report.ts'

const FILES = ['test/protocol/ledger/refusals-']

export const claim: Claim = {
  area: 'ledger',
  name: 'every-refusal-tested',
  bound:
    'of every kind a table in precedence order, a passing test of every code it can be refused with',
  short: false,
  run: async ({ directory, progress }) => {
    const tests = await unitTests(directory, FILES, progress)
    const wanted = Object.entries(KINDS).flatMap(([kind, { codes }]) =>
      codes.map((code) => ({ kind, code })),
    )
    const untested = wanted.filter(({ kind, code }) => !tests.some(isOf(kind, code)))
    const failed = tests.filter(({ passed }) => !passed)
    return {
      ok: untested.length === 0 && failed.length === 0,
      figure: {
        kinds: Object.keys(KINDS).length,
        codes: new Set(wanted.map(({ code }) => code)).size,
        codesOfKinds: wanted.length,
        tests: tests.length,
        failed: failed.length,
        untested: untested.map(({ kind, code }) => `${kind} ${code}`).slice(0, 20),
      },
    }
  },
}

const isOf =
  (kind: string, code: string) =>
  ({ heads, title, passed }: UnitTest): boolean =>
    passed && heads.includes(`${kind} is refused`) && title === `with ${code}`
