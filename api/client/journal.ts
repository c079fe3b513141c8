import { clientError } from './error.ts'
import { objectIn } from './json.ts'
import { OPEN_MAX, TOLD_MAX } from './limits.ts'
import { type Outcome, outcomeIn } from './outcome.ts'

/** What was about to be asked for. Never a tag, a secret or a key: those are not written down. */
export type JournalEntry = {
  readonly id: string
  readonly action: string
  /** When it was written, by this device. */
  readonly at: string
  readonly amount?: number | undefined
  /** The payment that is refunded. */
  readonly of?: string | undefined
  /** The transaction, where the till signed it itself: the same bytes are sent again. */
  readonly text?: string | undefined
  /** Somebody asked to cancel it. */
  readonly cancel?: boolean | undefined
}

/** Where a journal is kept: one text for each payment id. */
export type JournalStore = {
  readonly all: () => Promise<ReadonlyMap<string, string>>
  /** Resolves once the text is on disk and a power cut cannot undo it. Replaces the one before. */
  readonly put: (id: string, text: string) => Promise<void>
  readonly drop: (id: string) => Promise<void>
  readonly close: () => Promise<void>
}

/** What a till asked for and has not been told the outcome of; and the last outcomes it was told. */
export class Journal {
  readonly #store: JournalStore
  readonly #open = new Map<string, JournalEntry>()
  readonly #told = new Map<string, Outcome>()

  private constructor(store: JournalStore) {
    this.#store = store
  }

  /** Rejects with `journal_failed` when the store cannot be read. */
  static async open(store: JournalStore): Promise<Journal> {
    const journal = new Journal(store)
    const texts = await store.all().catch((cause: unknown) => {
      throw clientError('journal_failed', { retryable: false, cause })
    })
    for (const [id, text] of [...texts].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      journal.#admit(id, text)
    }
    return journal
  }

  /** Open payments, oldest first. */
  entries(): readonly JournalEntry[] {
    return [...this.#open.values()]
  }

  entry(id: string): JournalEntry | undefined {
    return this.#open.get(id)
  }

  told(id: string): Outcome | undefined {
    return this.#told.get(id)
  }

  /** Resolves once the entry is durable. Rejects, and then nothing may be sent. */
  async begin(entry: JournalEntry): Promise<void> {
    if (!this.#open.has(entry.id) && this.#open.size >= OPEN_MAX) {
      throw clientError('journal_full', { retryable: true, id: entry.id })
    }
    try {
      await this.#store.put(entry.id, JSON.stringify({ entry }))
    } catch (cause) {
      throw clientError('journal_failed', { retryable: false, id: entry.id, cause })
    }
    if (!this.#told.has(entry.id)) this.#open.set(entry.id, entry)
  }

  /**
   * The one outcome of a payment: the first that was told stays. What fails to be written is asked for
   * again after a restart, and answered alike.
   */
  async settle(outcome: Outcome): Promise<Outcome> {
    const { id } = outcome
    const known = this.#told.get(id)
    if (known !== undefined) return known
    this.#told.set(id, outcome)
    this.#open.delete(id)
    await this.#store.put(id, JSON.stringify({ outcome })).catch(() => undefined)
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= TOLD_MAX) break
      await this.#forget(oldest)
    }
    return outcome
  }

  /** Of what was turned away: there is nothing to be resolved. */
  async forget(id: string): Promise<void> {
    this.#open.delete(id)
    if (!this.#told.has(id)) await this.#forget(id)
  }

  async close(): Promise<void> {
    await this.#store.close()
  }

  async #forget(id: string): Promise<void> {
    this.#told.delete(id)
    // What stays on disk is only asked for once more.
    await this.#store.drop(id).catch(() => undefined)
  }

  /** A text of another form is of another version; its id alone is enough to ask for the outcome. */
  #admit(id: string, text: string): void {
    const value = objectIn(text)
    const outcome = outcomeIn(id, value?.['outcome'])
    if (outcome !== undefined) this.#told.set(id, outcome)
    else this.#open.set(id, entryIn(id, value?.['entry']))
  }
}

const entryIn = (id: string, value: unknown): JournalEntry => {
  const known: { readonly [member: string]: unknown } =
    typeof value === 'object' && value !== null ? { ...value } : {}
  const { action, at, amount, of, text, cancel } = known
  return {
    id,
    action: typeof action === 'string' ? action : 'unknown',
    at: typeof at === 'string' ? at : '',
    ...(typeof amount === 'number' && { amount }),
    ...(typeof of === 'string' && { of }),
    ...(typeof text === 'string' && { text }),
    ...(cancel === true && { cancel }),
  }
}

/** A journal that is gone with the process: for tests, and for those who only read. */
export const memoryJournal = (): JournalStore => {
  const texts = new Map<string, string>()
  return {
    all: async () => new Map(texts),
    put: async (id, text) => void texts.set(id, text),
    drop: async (id) => void texts.delete(id),
    close: async () => undefined,
  }
}
