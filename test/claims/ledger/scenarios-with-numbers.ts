import type { Claim } from '#test/claims/claim.ts'
import { unitTests } from '../../support/unit-report.ts'

const FILES = [
  ...['scenarios', 'card-life', 'holds', 'redemption', 'door'].map((name) => `ledger/${name}`),
  ...['parse', 'verify', 'fuzz'].map((name) => `transaction/${name}`),
].map((file) => `test/protocol/${file}.test.ts`)

/** Every scenario of the design with its numbers, and words of the test that shows it. */
const SCENARIOS = {
  'issue 5,000, sale 1,000, refunded once': '5,000 issued, 1,000 sold and refunded once',
  'two cards, 2,400 and 1,600': 'two cards of 1,000: 2,400 is short by 400',
  'gift 500 and local 500, sale 530': 'gift before local',
  'three items of 280': 'three items of 280 leave 160',
  'local 6,600 and federated 4,200, sale 7,800': 'local before federated',
  'a webhook of 4,242 told five times': 'an external payment of 4,242 told five times counts once',
  'top-up 3,500, spend 200, refund 3,300': 'of 3,500 of which 200 is spent gives back 3,300',
  'anonymous card of 6,600 linked': 'anonymous with 6,600: the same 6,600 are the person’s',
  'takings 2,000, payout 500, 700 more, payout 900': '1,300 still owed',
  'double tap of 50': '50 submissions of one payment charge once',
  'cancelled, then the late original': 'cancelled, then the late original: no charge',
  'a wrong network id': 'another network',
  'one flipped byte': 'only the text that was signed is authentic',
  'an expired exp': 'an expiry that block time has reached with expired',
  'a reused id with other content': 'other content under a used id with id_reused',
  'a secret card never seen': 'a place charges a secret card it never saw',
  'a weak card beyond its daily cap': 'a weak card beyond its daily cap at that place',
  'blocked at A, refused at B': 'a card blocked at one place is refused at the other',
  'an open lease of a blocked card':
    'is captured whatever became of card, mandate, grant and place',
  'fixed 100,000': 'a fixed asset of 100,000 is never issued again',
} as const

export const claim: Claim = {
  area: 'ledger',
  name: 'scenarios-with-numbers',
  bound: `${Object.keys(SCENARIOS).length} scenarios of the design, each with its numbers, pass`,
  short: false,
  run: async ({ directory, progress }) => {
    const tests = await unitTests(directory, FILES, progress)
    const missing = Object.entries(SCENARIOS)
      .filter(
        ([, words]) =>
          !tests.some(({ title, heads }) => [...heads, title].join(' ').includes(words)),
      )
      .map(([scenario]) => scenario)
    const failed = tests.filter(({ passed }) => !passed).map(({ title }) => title)
    return {
      ok: missing.length === 0 && failed.length === 0,
      figure: { scenarios: Object.keys(SCENARIOS).length, tests: tests.length, missing, failed },
    }
  },
}
