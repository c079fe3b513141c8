import { Counter, Gauge, type Registry } from 'prom-client'
import type { WebhookFigures } from './webhooks.ts'

/** What watches the deliveries of a node: never a URL nor an endpoint's id in a label. */
export const addWebhookFigures = (
  registry: Registry,
  { read, wallMs }: { readonly read: () => WebhookFigures; readonly wallMs: () => number },
): void => {
  addAttempts(registry, read)
  addEndpoints(registry, read)
  addOldest(registry, () => {
    const { oldestPendingMs } = read()
    return oldestPendingMs === undefined ? 0 : Math.max(0, wallMs() - oldestPendingMs) / 1_000
  })
}

const addAttempts = (registry: Registry, read: () => WebhookFigures) =>
  new Counter({
    name: 'kermesse_webhook_deliveries_total',
    help: 'Events taken by their receivers, attempts that failed, events set aside',
    labelNames: ['result'],
    registers: [registry],
    collect() {
      const { delivered, failed, setAside } = read()
      this.reset()
      this.inc({ result: 'delivered' }, delivered)
      this.inc({ result: 'failed' }, failed)
      this.inc({ result: 'set_aside' }, setAside)
    },
  })

const addEndpoints = (registry: Registry, read: () => WebhookFigures) =>
  new Gauge({
    name: 'kermesse_webhook_endpoints',
    help: 'Endpoints of outgoing webhooks by state',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      for (const [state, count] of Object.entries(read().endpoints)) this.set({ state }, count)
    },
  })

const addOldest = (registry: Registry, ageSeconds: () => number) =>
  new Gauge({
    name: 'kermesse_webhook_oldest_age_seconds',
    help: 'Age of the oldest event that a receiver has not taken; 0 when there is none',
    registers: [registry],
    collect() {
      this.set(ageSeconds())
    },
  })
