import type { Claim } from '#test/claims/claim.ts'
import { tortured } from '../../support/torture-command.ts'

const KILLS_MIN = 20
const PARTITIONS_MIN = 10

export const claim: Claim = {
  area: 'simulator',
  name: 'torture',
  bound: `ten minutes of real processes under load: ≥ ${KILLS_MIN} kills, ≥ ${PARTITIONS_MIN} partitions; lost 0, twice 0, forks 0, conserved`,
  short: false,
  timeoutMs: 1_800_000,
  run: async (context) =>
    await tortured(
      { minutes: 10, killsMin: KILLS_MIN, partitionsMin: PARTITIONS_MIN, timeoutMs: 1_780_000 },
      context,
    ),
}
