import type { LocalFacts } from '../storage/local-facts.ts'
import type { LocalTable } from '../storage/local-table.ts'
import type { StorageError } from '../storage/storage-error.ts'
import type { StoredDeadLetter, StoredWebhook, WebhookProgress } from '../storage/webhook-facts.ts'
import { deadLetterName } from '../storage/webhook-facts.ts'

export type EndpointTables = Pick<LocalFacts, 'webhooks' | 'webhookProgress' | 'deadLetters'>

/** What is on disk of all endpoints. Every change is there when it resolves. */
export type Endpoints = {
  readonly all: () => Iterable<StoredWebhook>
  readonly get: (id: string) => StoredWebhook | undefined
  readonly progress: (id: string) => WebhookProgress | undefined
  readonly letters: (id: string) => readonly StoredDeadLetter[]
  readonly hasRoom: () => boolean
  readonly save: (webhook: StoredWebhook) => Promise<void>
  readonly saveProgress: (progress: WebhookProgress) => Promise<void>
  readonly saveLetter: (letter: StoredDeadLetter) => Promise<void>
  readonly forgetLetter: (letter: Pick<StoredDeadLetter, 'webhook' | 'event'>) => Promise<void>
  readonly remove: (id: string) => Promise<void>
}

export const openEndpoints = async (tables: EndpointTables): Promise<Endpoints> => {
  const webhooks = new Map<string, StoredWebhook>()
  const progress = new Map<string, WebhookProgress>()
  const letters = new Map<string, Map<string, StoredDeadLetter>>()
  const keepLetter = (letter: StoredDeadLetter): void => {
    const ofWebhook = letters.get(letter.webhook) ?? new Map<string, StoredDeadLetter>()
    letters.set(letter.webhook, ofWebhook.set(letter.event, letter))
  }
  await everyOf(tables.webhooks, (webhook) => webhooks.set(webhook.id, webhook))
  await everyOf(tables.webhookProgress, (one) => progress.set(one.id, one))
  await everyOf(tables.deadLetters, keepLetter)
  return {
    all: () => webhooks.values(),
    get: (id) => webhooks.get(id),
    progress: (id) => progress.get(id),
    letters: (id) => [...(letters.get(id)?.values() ?? [])].toSorted(byPosition),
    hasRoom: () => tables.webhookProgress.hasRoom(),
    save: async (webhook) => {
      await put(tables.webhooks, webhook)
      webhooks.set(webhook.id, webhook)
    },
    saveProgress: async (one) => {
      await put(tables.webhookProgress, one)
      progress.set(one.id, one)
    },
    saveLetter: async (letter) => {
      await put(tables.deadLetters, letter)
      keepLetter(letter)
    },
    forgetLetter: async (letter) => {
      if (letters.get(letter.webhook)?.delete(letter.event) !== true) return
      await removed(tables.deadLetters, [deadLetterName(letter)])
    },
    // What it is goes first: the rest alone is nothing, and is swept away with the next of its name.
    remove: async (id) => {
      webhooks.delete(id)
      await removed(tables.webhooks, [id])
      const names = [...(letters.get(id)?.values() ?? [])].map(deadLetterName)
      letters.delete(id)
      progress.delete(id)
      await removed(tables.webhookProgress, [id])
      if (names.length > 0) await removed(tables.deadLetters, names)
    },
  }
}

const byPosition = (a: StoredDeadLetter, b: StoredDeadLetter): number =>
  a.height - b.height || a.index - b.index

const everyOf = <T>(table: LocalTable<T>, onValue: (value: T) => void): Promise<void> =>
  done((finish) => table.each(onValue, finish))

const put = <T>(table: LocalTable<T>, value: T): Promise<void> =>
  done((finish) => table.put(value, finish))

const removed = <T>(table: LocalTable<T>, names: readonly string[]): Promise<void> =>
  done((finish) => table.remove(names, finish))

const done = (act: (finish: (error?: StorageError) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    act((error) => (error === undefined ? resolve() : reject(error)))
  })
