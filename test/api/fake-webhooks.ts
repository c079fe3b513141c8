import type { Webhook, Webhooks } from '#api/ports/webhooks.ts'
import { encodeId } from '#protocol/id.ts'

export const WEBHOOK_ID = `whe_${'0a'.repeat(16)}`

export const webhook = (change: Partial<Webhook> = {}): Webhook => ({
  id: WEBHOOK_ID,
  grant: encodeId('grt', new Uint8Array(32).fill(1)),
  url: 'https://books.example.org/hook',
  filter: {},
  state: { kind: 'enabled' },
  createdMs: Date.UTC(2026, 5, 21, 18, 4, 5, 123),
  publicKey: 'whpk_AAAA',
  position: { height: 42, index: 2 },
  deadLetters: 0,
  ...change,
})

/** A node with one endpoint, that of the first caller. */
export const fakeWebhooks = (change: Partial<Webhooks> = {}): Webhooks => {
  const found = (id: string): Webhook | 'unknown' => (id === WEBHOOK_ID ? webhook() : 'unknown')
  const withSecret = (id: string) =>
    id === WEBHOOK_ID ? { webhook: webhook(), secret: 'whsec_BBBB' } : ('unknown' as const)
  return {
    create: async () => ({ webhook: webhook(), secret: 'whsec_BBBB' }),
    list: () => [webhook()],
    get: found,
    remove: async (id) => (id === WEBHOOK_ID ? 'removed' : 'unknown'),
    enable: async (id) => found(id),
    disable: async (id) => found(id),
    rotate: async (id) => withSecret(id),
    replay: async (id) => found(id),
    test: async (id) => (id === WEBHOOK_ID ? { id: 'test_1', answer: { status: 204 } } : 'unknown'),
    deadLetters: (id) => (id === WEBHOOK_ID ? [] : 'unknown'),
    ...change,
  }
}
