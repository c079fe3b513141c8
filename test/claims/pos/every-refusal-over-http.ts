import { KINDS } from '#protocol/ledger/kinds.ts'
import type { Claim } from '#test/claims/claim.ts'
import { unitTests } from '../../support/unit-report.ts'

const FILES = ['test/protocol/ledger/refusals-']
const VARIABLES = ['KERMESSE_REFUSALS=over-http'] as const

const SHOWN_MAX = 20

export const claim: Claim = {
  area: 'pos',
  name: 'every-refusal-over-http',
  bound:
    'each code that state refuses each kind with, answered over HTTP by a node that went through what leads to it; every way to it that has a test',
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
    const failed = tests
      .filter(({ title, passed }) => title.startsWith('over HTTP') && !passed)
      .map(({ heads, title }) => [...heads, title].join(' '))
    const shown = wanted.filter(({ kind, code }) => isShown(kind, code))
    return {
      ok: missing.length === 0 && failed.length === 0 && shown.length > 0,
      figure: {
        codes: new Set(shown.map(({ code }) => code)).size,
        codesOfKinds: shown.length,
        missing: missing.slice(0, SHOWN_MAX),
        failed: failed.slice(0, SHOWN_MAX),
      },
    }
  },
}
