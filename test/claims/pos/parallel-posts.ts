import type { Claim } from '#test/claims/claim.ts'
import { withFederation } from '../../support/federation.ts'
import { type ParallelPosts, postInParallel } from '../../support/parallel-posts.ts'

const ROUNDS = 5
const SUBMISSIONS = 50
/** From one till that repeats itself at its own venue to one that asks everybody. */
const NODES_OF = (round: number): number => [1, 2, 6][round % 3] ?? 1

export const claim: Claim = {
  area: 'pos',
  name: 'parallel-posts',
  bound: `${SUBMISSIONS} parallel posts of one signed payment at 1, 2 and 6 nodes: one charge, ${SUBMISSIONS} equal answers, ${ROUNDS} times`,
  short: false,
  run: async ({ directory, progress }) =>
    await withFederation(directory, async (federation) => {
      const rounds: ParallelPosts[] = []
      for (let round = 0; round < ROUNDS; round += 1) {
        progress(`round ${round + 1} of ${ROUNDS}`)
        const asked = { submissions: SUBMISSIONS, nodes: NODES_OF(round) }
        rounds.push(await postInParallel(federation, asked))
      }
      const good = rounds.filter(
        ({ submissions, charges, answers }) =>
          submissions === SUBMISSIONS && charges === 1 && answers === 1,
      )
      return { ok: good.length === ROUNDS, figure: { good: good.length, rounds } }
    }),
}
