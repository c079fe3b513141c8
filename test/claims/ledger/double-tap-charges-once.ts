import type { Claim } from '#test/claims/claim.ts'
import { withFederation } from '../../support/federation.ts'
import { postInParallel } from '../../support/parallel-posts.ts'

const SUBMISSIONS = 50
const NODES = 6

export const claim: Claim = {
  area: 'ledger',
  name: 'double-tap-charges-once',
  bound: `${SUBMISSIONS} submissions of one payment at ${NODES} nodes at once: one charge, ${SUBMISSIONS} equal answers`,
  short: true,
  run: async ({ directory, progress }) =>
    await withFederation(directory, async (federation) => {
      progress('tapped')
      const seen = await postInParallel(federation, { submissions: SUBMISSIONS, nodes: NODES })
      return { ok: seen.charges === 1 && seen.answers === 1, figure: seen }
    }),
}
