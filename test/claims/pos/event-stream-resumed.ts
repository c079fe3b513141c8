import type { Claim } from '#test/claims/claim.ts'
import { streamResumed } from '../../support/event-stream-resumed.ts'

const RESUMES = 200
const KILLS = 3

export const claim: Claim = {
  area: 'pos',
  name: 'event-stream-resumed',
  bound: `an event stream cut ${RESUMES} times under load, its node killed ${KILLS} times, has no gap and no duplicate`,
  short: false,
  timeoutMs: 400_000,
  run: async (context) => await streamResumed(context, { resumes: RESUMES, kills: KILLS }),
}
