import { z } from 'zod'
import { HEALTH_MODES, type HealthReport } from '../ports/health.ts'
import { Timestamp, timestampOf } from './timestamp.ts'

/** Whether this node can take a payment, and why not. */
export const HealthView = z
  .strictObject({
    mode: z
      .enum(HEALTH_MODES)
      .describe(
        'online: payments become final. leases_only: only what was reserved here can be spent. ' +
          'stalled: linked and current, but what waits does not become final. ' +
          'amnesia: an authority that lost votes and casts none yet. ' +
          'blocked: not started, stopped, cut off, or its copy of the ledger may be old',
      ),
    height: z.int().min(0),
    lagBlocks: z.int().min(0).describe('Final blocks known to exist and not applied here'),
    lagMs: z.int().min(0).describe('Age of the newest final block'),
    peers: z.int().min(0),
    clockOffsetMs: z.number().nullable().describe("Against the peers' clocks; null while unknown"),
    conservation: z.enum(['ok', 'broken']),
    haltedBy: z
      .string()
      .nullable()
      .describe('The code of what halted this node: what it tells was final then'),
    warnings: z
      .array(
        z.strictObject({
          code: z.enum(['payout_overdue', 'clearing_overdue', 'lease_grant_missing']),
          count: z.int().min(1),
          since: Timestamp.optional().describe('Of the oldest'),
        }),
      )
      .readonly()
      .describe('What the operator is to see to, though payments go on'),
  })
  .meta({ id: 'Health' })
export type HealthView = z.infer<typeof HealthView>

export const healthView = (report: HealthReport): HealthView => ({
  mode: report.mode,
  height: report.height,
  lagBlocks: report.lagBlocks,
  lagMs: report.lagMs,
  peers: report.peers,
  clockOffsetMs: report.clockOffsetMs,
  conservation: report.conservation,
  haltedBy: report.haltedBy,
  warnings: report.warnings.map(({ code, count, sinceMs }) => ({
    code,
    count,
    ...(sinceMs !== undefined && { since: timestampOf(sinceMs) }),
  })),
})
