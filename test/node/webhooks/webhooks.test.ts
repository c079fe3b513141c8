import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { WebhookOwner } from '#api/ports/webhooks.ts'
import { ENDPOINTS_PER_PLACE_MAX, REFUSALS_MAX } from '#node/webhooks/limits.ts'
import { type NodeWebhooks, openWebhooks, type WebhooksParts } from '#node/webhooks/webhooks.ts'
import { idOf } from '../../api/fake-ports.ts'
import { closeBars, loadedCard, openedBar, pay, restarted } from '../desk/bar.ts'
import { createMachine } from '../desk/machine.ts'
import { type Bar, must, newKey } from '../desk/solo-node.ts'
import { LOOPBACK, openReceiver, status } from './receiver.ts'

afterEach(closeBars)

/** A key store of one node, in memory. */
const keyStore = () => {
  const secrets = new Map<string, Uint8Array>()
  return {
    get: (name: string) => secrets.get(name),
    keep: async (name: string, secret: Uint8Array) => {
      const kept = secrets.get(name) ?? secret
      secrets.set(name, kept)
      return kept
    },
  }
}

const open = async ({ node }: Bar, change: Partial<WebhooksParts> = {}): Promise<NodeWebhooks> => {
  const webhooks = await openWebhooks({
    tables: node.storage.local,
    keyStore: keyStore(),
    events: node.events,
    view: node.view,
    hasApiKey: node.apiKeys.standsFor,
    clock: node.clock,
    random: () => 0.5,
    report: () => undefined,
    onFault: (code, detail) => {
      throw new Error(`${code}: ${detail}`)
    },
    end: () => ({ height: node.recent.head().height, index: 0xffff_ffff }),
    allowHttp: true,
    allowAddresses: LOOPBACK,
    retryFirstMs: 1,
    ...change,
  })
  webhooks.start()
  onTestFinished(webhooks.stop)
  return webhooks
}

const ownerOf = ({ place, caller }: Bar): WebhookOwner => ({
  place,
  grant: caller.grant,
  seesAll: false,
})

const sell = async (bar: Bar, count: number): Promise<void> => {
  for (let n = 0; n < count; n++) {
    await pay(bar, bar.errand(), { id: bar.node.newId(), amount: 10 })
  }
}

const made = async (
  webhooks: NodeWebhooks,
  bar: Bar,
  url: string,
  order: Partial<Parameters<NodeWebhooks['create']>[0]> = {},
  owner = ownerOf(bar),
) => {
  const created = await webhooks.create({ url, filter: {}, ...order }, owner)
  if (typeof created === 'string') throw new Error(created)
  return created
}

const openBarWithCard = async (machine = createMachine()): Promise<Bar> => {
  const bar = await openedBar(machine)
  await loadedCard(bar, 5_000)
  return bar
}

describe('the webhooks of a node', () => {
  test('deliver a place’s transactions from now on, each once and in order', async () => {
    const bar = await openBarWithCard()
    const receiver = await openReceiver()
    const webhooks = await open(bar)
    const { webhook } = await made(webhooks, bar, receiver.url)
    await sell(bar, 5)
    await vi.waitFor(() => expect(receiver.received).toHaveLength(5))
    const bodies = receiver.received.map(({ body }) => JSON.parse(body))
    expect(bodies).toMatchObject(
      Array.from({ length: 5 }, () => ({
        type: 'transaction.applied',
        data: { status: 'applied', kind: 'sale', amount: 10, till: 'bar' },
      })),
    )
    const heights = bodies.map(({ data }) => data.height)
    expect(heights).toEqual(heights.toSorted((a, b) => a - b))
    expect(receiver.ids()).toEqual(bodies.map(({ cursor }) => `evt_${cursor}`))
    await vi.waitFor(() => {
      const [one] = webhooks.list(ownerOf(bar))
      expect(one).toMatchObject({ id: webhook.id, position: { height: heights[4], index: 0 } })
    })
    expect(webhooks.figures()).toMatchObject({ delivered: 5, failed: 0, endpoints: { enabled: 1 } })
  })

  test('go on after a restart where they were, without a gap and without a repetition', async () => {
    const machine = createMachine()
    const bar = await openBarWithCard(machine)
    const receiver = await openReceiver()
    const store = keyStore()
    const before = await open(bar, { keyStore: store })
    const { webhook } = await made(before, bar, receiver.url)
    await sell(bar, 3)
    await vi.waitFor(() => expect(before.figures().delivered).toBe(3))
    receiver.respond(status(503))
    await sell(bar, 3)
    await before.stop()
    const again = await restarted(machine, bar)
    receiver.received.splice(3)
    receiver.respond((_, response) => response.end())
    const after = await open(again, { keyStore: store })
    again.node.start()
    await sell(again, 2)
    await vi.waitFor(() => expect(after.figures().delivered).toBe(5))
    expect(new Set(receiver.ids())).toHaveLength(8)
    expect(receiver.received).toHaveLength(8)
    const { publicKey } = webhook
    expect(after.get(webhook.id, ownerOf(again))).toMatchObject({ publicKey })
  })

  test('begin after a cursor, and deliver again what is replayed under the same ids', async () => {
    const bar = await openBarWithCard()
    await sell(bar, 2)
    const receiver = await openReceiver()
    const webhooks = await open(bar)
    const filter = { kinds: ['sale'] }
    const { webhook } = await made(webhooks, bar, receiver.url, {
      filter,
      after: { height: 0, index: 0 },
    })
    await vi.waitFor(() => expect(receiver.received).toHaveLength(2))
    await webhooks.replay(webhook.id, ownerOf(bar), { height: 0, index: 0 })
    await vi.waitFor(() => expect(receiver.received).toHaveLength(4))
    const ids = receiver.ids()
    expect(ids.slice(2)).toEqual(ids.slice(0, 2))
  })

  test('keep their place while they are disabled', async () => {
    const bar = await openBarWithCard()
    const receiver = await openReceiver()
    const webhooks = await open(bar)
    const { webhook } = await made(webhooks, bar, receiver.url)
    await webhooks.disable(webhook.id, ownerOf(bar))
    await sell(bar, 2)
    expect(webhooks.figures().endpoints).toEqual({ enabled: 0, disabled: 1, paused: 0 })
    expect(receiver.received).toEqual([])
    await webhooks.enable(webhook.id, ownerOf(bar))
    await vi.waitFor(() => expect(receiver.received).toHaveLength(2))
  })

  test('sign with the former secret too for a day after a rotation', async () => {
    const bar = await openBarWithCard()
    const receiver = await openReceiver()
    const webhooks = await open(bar)
    const { webhook, secret } = await made(webhooks, bar, receiver.url)
    const rotated = await webhooks.rotate(webhook.id, ownerOf(bar))
    if (rotated === 'unknown') throw new Error(rotated)
    expect(rotated.secret).not.toBe(secret)
    expect(rotated.webhook.publicKey).not.toBe(webhook.publicKey)
    expect(rotated.webhook.formerSecretUntilMs).toBeGreaterThan(bar.node.clock.wallMs())
    await sell(bar, 1)
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1))
    const signatures = String(receiver.received[0]?.headers['webhook-signature']).split(' ')
    expect(signatures.map((one) => one.split(',')[0])).toEqual(['v1', 'v1a', 'v1', 'v1a'])
  })

  test('list what is refused again and again, and forget it once it is delivered', async () => {
    const bar = await openBarWithCard()
    let isRepaired = false
    const receiver = await openReceiver((received, response) => {
      const isPoison = received.id === receiver.received[0]?.id
      response.writeHead(isPoison && !isRepaired ? 500 : 200).end()
    })
    const webhooks = await open(bar)
    const { webhook } = await made(webhooks, bar, receiver.url)
    await sell(bar, 2)
    await vi.waitFor(
      () => expect(webhooks.figures()).toMatchObject({ delivered: 1, setAside: 1 }),
      {
        timeout: 15_000,
      },
    )
    const page = { limit: 10 }
    const [letter] = letters(webhooks.deadLetters(webhook.id, ownerOf(bar), page))
    expect(letter).toMatchObject({
      event: receiver.received[0]?.id,
      attempts: REFUSALS_MAX,
      last: { status: 500 },
    })
    isRepaired = true
    const { height = 0 } = letter?.position ?? {}
    await webhooks.replay(webhook.id, ownerOf(bar), { height: height - 1, index: 0xffff_ffff })
    await vi.waitFor(() => expect(webhooks.deadLetters(webhook.id, ownerOf(bar), page)).toEqual([]))
  }, 30_000)

  test('are their grant’s, and the whole place’s for who gives grants', async () => {
    const bar = await openBarWithCard()
    const receiver = await openReceiver()
    const webhooks = await open(bar)
    const { webhook } = await made(webhooks, bar, receiver.url)
    const other = { ...ownerOf(bar), grant: idOf('grt', 9) }
    const elsewhere = { ...ownerOf(bar), place: idOf('plc', 9), seesAll: true }
    for (const owner of [other, elsewhere]) {
      expect(webhooks.list(owner)).toEqual([])
      expect(webhooks.get(webhook.id, owner)).toBe('unknown')
      expect(await webhooks.remove(webhook.id, owner)).toBe('unknown')
      expect(await webhooks.rotate(webhook.id, owner)).toBe('unknown')
      expect(await webhooks.disable(webhook.id, owner)).toBe('unknown')
      expect(webhooks.deadLetters(webhook.id, owner, { limit: 1 })).toBe('unknown')
    }
    expect(webhooks.list({ ...other, seesAll: true })).toHaveLength(1)
    expect(await webhooks.remove(webhook.id, ownerOf(bar))).toBe('removed')
    await sell(bar, 1)
    expect(webhooks.list(ownerOf(bar))).toEqual([])
    expect(receiver.received).toEqual([])
  })

  test('end with their grant', async () => {
    const bar = await openBarWithCard()
    const receiver = await openReceiver()
    const webhooks = await open(bar)
    const { webhook } = await made(webhooks, bar, receiver.url)
    const { node, place, caller } = bar
    const body = { kind: 'grant.revoke', place, target: caller.grant } as const
    await must(node, node.newId(), 'place', body)
    await vi.waitFor(() =>
      expect(webhooks.get(webhook.id, ownerOf(bar))).toMatchObject({
        state: { kind: 'paused', by: 'grant_ended' },
      }),
    )
    expect(receiver.received).toEqual([])
  })

  test('of an API key end with the last API key of its grant, and go on with the next', async () => {
    const bar = await openBarWithCard()
    const receiver = await openReceiver()
    const webhooks = await open(bar)
    const { apiKeys } = bar.node
    const { place, caller } = bar
    const owner = { ...ownerOf(bar), apiKey: caller.keyId }
    const { webhook } = await made(webhooks, bar, receiver.url, {}, owner)
    const manager = { place, grant: caller.grant, till: 'manager', secret: 'till/bar' }
    const other = await newKey(apiKeys, manager)
    await apiKeys.revoke(caller.keyId)
    await sell(bar, 1)
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1))
    await apiKeys.revoke(other.keyId)
    await sell(bar, 1)
    await vi.waitFor(() =>
      expect(webhooks.get(webhook.id, owner)).toMatchObject({
        state: { kind: 'paused', by: 'grant_ended' },
      }),
    )
    expect(receiver.received).toHaveLength(1)
    await newKey(apiKeys, manager)
    await webhooks.enable(webhook.id, owner)
    await vi.waitFor(() => expect(receiver.received).toHaveLength(2))
  })

  test('stop at once though the disk does not keep up', async () => {
    const bar = await openBarWithCard()
    const receiver = await openReceiver()
    const { local } = bar.node.storage
    const webhookProgress = { ...local.webhookProgress, hasRoom: () => false }
    const webhooks = await open(bar, { tables: { ...local, webhookProgress } })
    await made(webhooks, bar, receiver.url)
    await sell(bar, 1)
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1))
    await webhooks.stop()
    await sell(bar, 1)
    expect(receiver.received).toHaveLength(1)
  })

  test('pause rather than sign with the secrets of another key store', async () => {
    const bar = await openBarWithCard()
    const receiver = await openReceiver()
    const first = await open(bar)
    const { webhook } = await made(first, bar, receiver.url)
    await first.stop()
    const webhooks = await open(bar)
    const lost = { state: { kind: 'paused', by: 'secret_lost' } }
    await vi.waitFor(() => expect(webhooks.get(webhook.id, ownerOf(bar))).toMatchObject(lost))
    await webhooks.enable(webhook.id, ownerOf(bar))
    await vi.waitFor(() => expect(webhooks.get(webhook.id, ownerOf(bar))).toMatchObject(lost))
    await webhooks.rotate(webhook.id, ownerOf(bar))
    await webhooks.enable(webhook.id, ownerOf(bar))
    await sell(bar, 1)
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1))
  })

  test('are tried again where the node itself fails at them, and stop nothing else', async () => {
    const bar = await openBarWithCard()
    const receiver = await openReceiver()
    const told: Parameters<WebhooksParts['report']>[0][] = []
    let isBroken = true
    const events: WebhooksParts['events'] = {
      ...bar.node.events,
      after: async (query) => {
        if (isBroken) throw new TypeError('a fault of ours')
        return await bar.node.events.after(query)
      },
    }
    const webhooks = await open(bar, { events, report: (entry) => told.push(entry) })
    const { webhook } = await made(webhooks, bar, receiver.url)
    const facts = { webhook: webhook.id, detail: 'a fault of ours' }
    const failed = { level: 'warn', code: 'webhook_failed', facts }
    await vi.waitFor(() => expect(told.slice(0, 2)).toEqual([failed, failed]))
    await sell(bar, 1)
    isBroken = false
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1))
  })

  test('are so many for a place, and one for a URL', async () => {
    const bar = await openBarWithCard()
    const webhooks = await open(bar)
    const create = (n: number) =>
      webhooks.create({ url: `http://127.0.0.1:1/${n}`, filter: {} }, ownerOf(bar))
    expect(await Promise.all([create(0), create(0)])).toContain('webhook_url_taken')
    for (let n = 1; n < ENDPOINTS_PER_PLACE_MAX; n++) await create(n)
    expect(await create(99)).toBe('webhooks_exhausted')
  })

  test('are tested one attempt at a time, also while disabled', async () => {
    const bar = await openBarWithCard()
    const receiver = await openReceiver()
    const webhooks = await open(bar)
    const { webhook } = await made(webhooks, bar, receiver.url)
    await webhooks.disable(webhook.id, ownerOf(bar))
    const ask = () => webhooks.test(webhook.id, ownerOf(bar), new AbortController().signal)
    const [first, second] = await Promise.all([ask(), ask()])
    expect(first).toMatchObject({ answer: { status: 200 } })
    expect(second).toBe('busy')
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
      type: 'webhook.test',
      data: { webhook: webhook.id },
    })
  })

  test('one that hangs holds up no other', async () => {
    const bar = await openBarWithCard()
    const [deaf, receiver] = [await openReceiver(() => undefined), await openReceiver()]
    const webhooks = await open(bar)
    await made(webhooks, bar, deaf.url)
    await made(webhooks, bar, receiver.url)
    await sell(bar, 3)
    await vi.waitFor(() => expect(receiver.received).toHaveLength(3))
    expect(deaf.received).toHaveLength(1)
    expect(webhooks.figures().oldestPendingMs).toBeDefined()
  })
})

const letters = (found: ReturnType<NodeWebhooks['deadLetters']>) => {
  if (found === 'unknown') throw new Error(found)
  return found
}
