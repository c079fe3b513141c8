import { z } from 'zod'

/** RFC 3339 in UTC with `Z`, as block time and clocks are told. */
export const Timestamp = z.iso
  .datetime()
  .meta({ description: 'RFC 3339, UTC', example: '2026-06-21T18:04:05.123Z' })

export const timestampOf = (timeMs: number): string => new Date(timeMs).toISOString()
