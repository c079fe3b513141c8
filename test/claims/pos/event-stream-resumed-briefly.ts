import type { Claim } from '#test/claims/claim.ts'
import { streamResumed } from '../../support/event-stream-resumed.ts'

const RESUMES = 30
const KILLS = 1

export const claim: Claim = {
  area: 'pos',
  name: 'event-stream-resumed-briefly',
  bound: `an event stream cut ${RESUMES} times under load, its node killed once, has no gap and no duplicate`,
  short: true,
  timeoutMs: 200_000,
  run: async (context) => await streamResumed(context, { resumes: RESUMES, kills: KILLS }),
}
