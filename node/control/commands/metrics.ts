import { z } from 'zod'
import { defineCommand, done } from '../command.ts'

/** The node's figures in Prometheus text: what an authority, which has no API keys, is watched by. */
export const showMetrics = defineCommand(z.strictObject({}), async (_, { metrics }) =>
  done({ text: await metrics() }),
)
