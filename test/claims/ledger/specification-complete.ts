import { KINDS } from '#protocol/ledger/kinds.ts'
import type { Claim } from '#test/claims/claim.ts'
import { unitTests } from '../../support/unit-report.ts'

const FILES = ['test/protocol/readme.test.ts']

/** What the tests say of each kind, after its name. */
const SAID = ['who signs and who agrees', 'what state can refuse it with', 'its rules']
const KINDS_OF = 'the specification documents every kind'
const FEDOW = 'the specification says what became of the actions of Fedow'

export const claim: Claim = {
  area: 'ledger',
  name: 'specification-complete',
  bound:
    'the specification has every kind with signer, consents, effects and codes, and every action of Fedow',
  short: false,
  run: async ({ directory, progress }) => {
    const tests = await unitTests(directory, FILES, progress)
    const titles = (head: string): ReadonlySet<string> =>
      new Set(
        tests
          .filter(({ heads, passed }) => passed && heads.includes(head))
          .map(({ title }) => title),
      )
    const documented = titles(KINDS_OF)
    const missing = Object.keys(KINDS)
      .flatMap((kind) => SAID.map((words) => `${kind}: ${words}`))
      .filter((title) => !documented.has(title))
    const failed = tests.filter(({ passed }) => !passed)
    return {
      ok: missing.length === 0 && failed.length === 0,
      figure: {
        kinds: Object.keys(KINDS).length,
        // One of the tests is of all of them together.
        actionsOfFedow: titles(FEDOW).size - 1,
        failed: failed.length,
        missing: missing.slice(0, 20),
      },
    }
  },
}
