import { expect, test } from 'vitest'
import { failingParts } from './failing-parts.ts'

const PROVE = '> kermesse@0.1.0 prove\n> node scripts/prove.ts --short'

test.each([
  [
    'a claim, once, though it is named twice',
    `> kermesse@0.1.0 test\n${PROVE}\nholds  main/a: 1  (x; 1.0 s)\nFAILS  main/b: late  (y; 2.0 s)
     \n1 of 2 claims failed:\nFAILS  main/b: late  (y; 2.0 s)\n`,
    ['npm run prove', 'FAILS  main/b: late  (y; 2.0 s)'],
  ],
  [
    'a test, through its colours',
    '> kermesse@0.1.0 test:unit\n\u001b[41m FAIL \u001b[49m unit test/a.test.ts > does b\n\n Tests 1 failed',
    ['npm run test:unit', 'FAIL  unit test/a.test.ts > does b'],
  ],
  [
    'a seed',
    '> kermesse@0.1.0 simulate\nseed 8 fails votes: a1: a second notarize 3\n  again: npm run simulate',
    ['npm run simulate', 'seed 8 fails votes: a1: a second notarize 3'],
  ],
  [
    'what no tool names by its last lines',
    '> kermesse@0.1.0 check:dead\none\ntwo\nthree\nfour\n',
    ['npm run check:dead', 'two', 'three', 'four'],
  ],
])('the end of a failed run names %s', (_, output, parts) => {
  expect(failingParts(output)).toEqual(parts)
})
