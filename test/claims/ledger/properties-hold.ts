import type { Claim } from '#test/claims/claim.ts'
import { unitTests } from '../../support/unit-report.ts'

const FILES = ['conservation', 'grants', 'card-life-money', 'sweep'].map(
  (name) => `test/protocol/ledger/${name}.test.ts`,
)

/** What holds whatever is drawn, and words of the test that draws it. */
const PROPERTIES = {
  'money is neither made nor lost': 'neither makes nor loses money',
  'a block taken back leaves every byte': 'taken back block by block leaves every byte as it was',
  'two ledgers agree': 'gives the same roots and events on two ledgers',
  'no grant passes the cap of an ancestor': 'whatever the tree, no use passes a cap on its way up',
  'link, replace, void and block in any order': 'whatever becomes of cards, in whatever order',
  'what is held is what open holds have left':
    'whatever happens: held is what open holds have left',
} as const

export const claim: Claim = {
  area: 'ledger',
  name: 'properties-hold',
  bound: `${Object.keys(PROPERTIES).length} properties of the ledger hold for whatever is drawn, all invariants on`,
  short: false,
  run: async ({ directory, progress }) => {
    const tests = await unitTests(directory, FILES, progress)
    const missing = Object.entries(PROPERTIES)
      .filter(([, words]) => !tests.some(({ title, passed }) => passed && title.includes(words)))
      .map(([property]) => property)
    return {
      ok: missing.length === 0,
      figure: { properties: Object.keys(PROPERTIES).length, missing },
    }
  },
}
