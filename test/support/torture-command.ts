import { z } from 'zod'
import type { ClaimContext, ClaimOutcome } from '#test/claims/claim.ts'
import { lastObject, run } from './federation-command.ts'

const Report = z.object({
  kills: z.number(),
  partitions: z.number(),
  payments: z.number(),
  lost: z.number(),
  twice: z.number(),
  forks: z.number(),
  conserved: z.boolean(),
  seed: z.number(),
  blows: z.record(z.string(), z.number()),
  notOnThisMachine: z.record(z.string(), z.string()),
  faults: z.array(z.string()),
})

export type TortureSizes = {
  readonly minutes: number
  readonly killsMin: number
  readonly partitionsMin: number
  readonly timeoutMs: number
}

/** Runs `npm run torture` and holds its last line against what a claim wants. */
export const tortured = async (
  { minutes, killsMin, partitionsMin, timeoutMs }: TortureSizes,
  { progress }: ClaimContext,
): Promise<ClaimOutcome> => {
  const words = ['run', '--silent', 'torture', '--', '--minutes', String(minutes), '--json']
  const finished = await run('npm', words, { timeoutMs, onLine: progress })
  const report = Report.parse(lastObject(finished))
  const { kills, partitions, payments, lost, twice, forks, conserved, faults } = report
  const isClean = lost + twice + forks + faults.length === 0 && conserved
  const isEnough = kills >= killsMin && partitions >= partitionsMin && payments > 0
  return { ok: finished.exitCode === 0 && isClean && isEnough, figure: report }
}
