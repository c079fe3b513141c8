import type { Events } from '#api/ports/events.ts'
import type { NodeConfig } from '#config/node-config.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { ApiKeys } from '../desk/api-keys.ts'
import type { KeyStore } from '../keys/key-store.ts'
import type { NodeMetrics } from '../reads/metrics.ts'
import { addWebhookFigures } from '../webhooks/figures.ts'
import { type NodeWebhooks, openWebhooks } from '../webhooks/webhooks.ts'
import type { Inside } from './inside.ts'

/** The outgoing webhooks of a node, not delivering yet. */
export const webhooksOf = async (
  inside: Inside,
  parts: {
    readonly config: Pick<NodeConfig, 'webhooks'>
    readonly keyStore: KeyStore
    readonly events: Events
    readonly view: () => View
    readonly apiKeys: Pick<ApiKeys, 'standsFor'>
    readonly metrics: NodeMetrics
  },
): Promise<NodeWebhooks> => {
  const { clock, directory, recent, reporter } = inside
  const { config, keyStore, events, view, apiKeys, metrics } = parts
  const webhooks = await openWebhooks({
    ...config.webhooks,
    tables: directory.storage.local,
    keyStore,
    events,
    view,
    hasApiKey: apiKeys.standsFor,
    clock,
    random: Math.random,
    report: reporter.report,
    onFault: reporter.fail,
    // Above everything of the newest block, whatever of it the store has already.
    end: () => ({ height: recent.head().height, index: END_OF_BLOCK }),
  })
  metrics.watch((registry) =>
    addWebhookFigures(registry, { read: webhooks.figures, wallMs: clock.wallMs }),
  )
  return webhooks
}

const END_OF_BLOCK = 0xffff_ffff
