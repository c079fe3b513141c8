import { setTimeout as sleep } from 'node:timers/promises'
import type { Events } from '#api/ports/events.ts'
import type { WebhookAnswer, WebhookPause, WebhookPending } from '#api/ports/webhooks.ts'
import { filterOf } from '#api/schemas/events.ts'
import type { GrantId } from '#protocol/id.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { Clock, Random, Reporter } from '../loop/ports.ts'
import { StorageError } from '../storage/storage-error.ts'
import type { StoredWebhook, WebhookProgress } from '../storage/webhook-facts.ts'
import { type Answer, type Courier, type CourierParts, createCourier } from './courier.ts'
import { Delivery } from './delivery.ts'
import type { Endpoints } from './endpoints.ts'
import { type Envelope, testBody } from './envelope.ts'
import { DEAD_LETTERS_MAX, DISK_PAUSE_MS } from './limits.ts'
import { mayRead } from './reading-grant.ts'
import { secretsOf, signedHeaders, type WebhookSecrets } from './signing.ts'

export type WorkersParts = {
  readonly endpoints: Endpoints
  readonly events: Events
  readonly view: () => View
  /** Whether an API key works under this grant now. */
  readonly hasApiKey: (grant: GrantId) => boolean
  readonly clock: Pick<Clock, 'wallMs'>
  readonly random: Random
  readonly report: Reporter
  readonly onFault: (code: string, detail: string) => void
  /** The secret that all others are made from, once there is one. */
  readonly master: () => Uint8Array | undefined
  readonly courier: CourierParts
  readonly retryFirstMs?: number
}

/** Attempts since the node started. */
export type WebhookCounts = { delivered: number; failed: number; setAside: number }

type Working = { readonly courier: Courier; delivery: Delivery | undefined }

/** The deliveries of all endpoints that are enabled, each by a worker and a courier of its own. */
export class Workers {
  readonly #parts: WorkersParts
  readonly #working = new Map<string, Working>()
  readonly counts: WebhookCounts = { delivered: 0, failed: 0, setAside: 0 }

  constructor(parts: WorkersParts) {
    this.#parts = parts
  }

  /**
   * Begins where the endpoint is on disk. With another key store than it was made with it would sign
   * with secrets that its receiver does not know: it pauses.
   */
  start(webhook: StoredWebhook): void {
    if (webhook.state.kind !== 'enabled') return
    const master = this.#parts.master()
    if (master === undefined || secretsOf(master, webhook).publicKey !== webhook.publicKey) {
      this.#pause(webhook.id, 'secret_lost').catch((cause) => this.#fault(webhook.id, cause))
      return
    }
    const progress = this.#parts.endpoints.progress(webhook.id)
    if (progress === undefined) throw new Error(`webhook ${webhook.id} has no place in the stream`)
    const working = this.#workingFor(webhook)
    working.delivery = this.#deliver(webhook, progress, working.courier)
  }

  /** Resolves when nothing more is said to the endpoint. */
  async stop(id: string): Promise<void> {
    const working = this.#working.get(id)
    this.#working.delete(id)
    working?.courier.close()
    await working?.delivery?.stop()
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#working.keys()].map((id) => this.stop(id)))
  }

  pending(id: string): WebhookPending | undefined {
    return this.#working.get(id)?.delivery?.pending()
  }

  /** One attempt beside the deliveries. */
  async test(webhook: StoredWebhook, id: string, signal: AbortSignal): Promise<WebhookAnswer> {
    const timeMs = this.#parts.clock.wallMs()
    const envelope = { id, body: testBody(webhook.id, timeMs) }
    const answer = await this.#post(webhook, this.#workingFor(webhook).courier, envelope, signal)
    return answer.kind === 'answered' ? { status: answer.status } : { failure: answer.failure }
  }

  #workingFor(webhook: StoredWebhook): Working {
    const known = this.#working.get(webhook.id)
    if (known !== undefined) return known
    const courier = createCourier(new URL(webhook.url), this.#parts.courier)
    const working = { courier, delivery: undefined }
    this.#working.set(webhook.id, working)
    return working
  }

  #deliver(webhook: StoredWebhook, progress: WebhookProgress, courier: Courier): Delivery {
    const { endpoints, events, clock, random, retryFirstMs } = this.#parts
    const { id, place, filter } = webhook
    return new Delivery({
      events,
      reader: { kind: 'place', place },
      filter: filterOf({ ...filter, blocks: filter.blocks === true }),
      progress,
      attempt: (envelope, signal) => this.#post(webhook, courier, envelope, signal),
      mayRead: () => this.#mayRead(webhook),
      wallMs: clock.wallMs,
      random,
      sleep: async (ms, signal) => await sleep(ms, undefined, { signal }),
      ...(retryFirstMs !== undefined && { retryFirstMs }),
      save: async (next, signal) => {
        await this.#untilDiskKeepsUp(signal)
        await endpoints.saveProgress(next)
      },
      setAside: async (letter, next) => {
        if (endpoints.letters(id).length >= DEAD_LETTERS_MAX) return 'full'
        // Killed between the two, the event is tried again and set aside under the same name.
        await endpoints.saveLetter({ webhook: id, ...letter })
        await endpoints.saveProgress(next)
        this.counts.setAside += 1
        return 'kept'
      },
      onTaken: (event) => {
        this.counts.delivered += 1
        endpoints.forgetLetter({ webhook: id, event }).catch((cause) => this.#fault(id, cause))
      },
      onFailed: () => {
        this.counts.failed += 1
      },
      pause: async (by) => await this.#pause(id, by),
      onFault: (cause) => this.#fault(id, cause),
    })
  }

  /** An API key that is revoked takes the endpoints along that it made. */
  #mayRead(webhook: StoredWebhook): boolean {
    const { view, clock, hasApiKey } = this.#parts
    const isHeld = webhook.apiKey === undefined || hasApiKey(webhook.grant)
    return isHeld && mayRead(view(), webhook, clock.wallMs())
  }

  async #post(
    webhook: StoredWebhook,
    courier: Courier,
    { id, body }: Pick<Envelope, 'id' | 'body'>,
    signal: AbortSignal,
  ): Promise<Answer> {
    const timeMs = this.#parts.clock.wallMs()
    const headers = signedHeaders({ id, body, timeMs }, this.#secrets(webhook, timeMs))
    return await courier.post({ headers, body }, signal)
  }

  /** The present ones, and for a while after a rotation those before. */
  #secrets(webhook: StoredWebhook, nowMs: number): readonly WebhookSecrets[] {
    const master = this.#parts.master()
    if (master === undefined) throw new Error('the key store lost the secret of webhooks')
    const { generation, formerUntilMs = 0 } = webhook
    const present = secretsOf(master, webhook)
    if (nowMs >= formerUntilMs) return [present]
    return [present, secretsOf(master, { id: webhook.id, generation: generation - 1 })]
  }

  async #pause(id: string, by: WebhookPause): Promise<void> {
    const webhook = this.#parts.endpoints.get(id)
    if (webhook === undefined) return
    await this.#parts.endpoints.save({ ...webhook, state: { kind: 'paused', by } })
    this.#parts.report({ level: 'warn', code: 'webhook_paused', facts: { webhook: id, by } })
  }

  async #untilDiskKeepsUp(signal: AbortSignal): Promise<void> {
    while (!this.#parts.endpoints.hasRoom()) await sleep(DISK_PAUSE_MS, undefined, { signal })
  }

  /** Without its disk a node stops; whatever else fails here concerns one endpoint and no payment. */
  #fault(id: string, cause: unknown): 'stops' | 'goes_on' {
    if (cause instanceof StorageError) {
      this.#parts.onFault(cause.code, cause.message)
      return 'stops'
    }
    const detail = cause instanceof Error ? cause.message : String(cause)
    this.#parts.report({ level: 'warn', code: 'webhook_failed', facts: { webhook: id, detail } })
    return 'goes_on'
  }
}
