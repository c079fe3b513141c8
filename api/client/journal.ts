import { clientError } from './error.ts'
import { objectIn } from './json.ts'
import { CAPTURED_MAX, OPEN_MAX, TOLD_MAX } from './limits.ts'
import { isNewsAfter, type Outcome, outcomeIn } from './outcome.ts'

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
  /** The card that is changed, where it was named by its `crd1…`. */
  readonly card?: string | undefined
  /** A hash of what was asked for, without which the id alone says too little. */
  readonly asked?: string | undefined
}

/** An outcome, and of what. */
type Told = {
  readonly outcome: Outcome
  readonly asked?: string | undefined
  /** Told in answer to the order itself: whoever only asks for an id hears of whatever used it. */
  readonly answered?: boolean | undefined
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
  readonly #told = new Map<string, Told>()

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
    return this.#told.get(id)?.outcome
  }

  /** What was first asked for under this id, and whether its outcome is that of exactly this. */
  asked(id: string): Pick<Told, 'asked' | 'answered'> {
    return this.#told.get(id) ?? { asked: this.#open.get(id)?.asked }
  }

  /** Payments out of leases, of which the ledger has not told yet; oldest first. */
  captured(): readonly string[] {
    return [...this.#told].flatMap(([id, { outcome }]) =>
      outcome.status === 'captured' ? [id] : [],
    )
  }

  /** Resolves once the entry is durable. Rejects, and then nothing may be sent. */
  async begin(entry: JournalEntry): Promise<void> {
    const { id } = entry
    if (this.#told.has(id)) return
    if (!this.#open.has(id) && this.#open.size >= OPEN_MAX) {
      throw clientError('journal_full', { retryable: true, id })
    }
    try {
      await this.#store.put(id, JSON.stringify({ entry }))
    } catch (cause) {
      throw clientError('journal_failed', { retryable: false, id, cause })
    }
    const told = this.#told.get(id)
    if (told === undefined) this.#open.set(id, entry)
    // Told meanwhile: the entry must not stand where the outcome was.
    else await this.#write(id, told)
  }

  /**
   * The one outcome of a payment: the first that was told stays; only after `captured` there is more to
   * be told. What fails to be written is asked for again after a restart, and answered alike.
   * `answered`: told in answer to the order itself.
   */
  async settle(outcome: Outcome, { answered = false } = {}): Promise<Outcome> {
    const { id } = outcome
    const known = this.#told.get(id)
    const isNews = known === undefined || isNewsAfter(known.outcome, outcome)
    const isKnownNow = known?.answered === true || answered
    if (!isNews && isKnownNow === (known.answered === true)) return known.outcome
    const { asked } = this.asked(id)
    const told = {
      outcome: isNews ? outcome : known.outcome,
      ...(asked !== undefined && { asked }),
      ...(isKnownNow && { answered: true }),
    }
    this.#told.set(id, told)
    this.#open.delete(id)
    await this.#write(id, told)
    await this.#forgetOldest()
    return told.outcome
  }

  /** Of what was turned away: there is nothing to be resolved. */
  async forget(id: string): Promise<void> {
    this.#open.delete(id)
    if (!this.#told.has(id)) await this.#forget(id)
  }

  async close(): Promise<void> {
    await this.#store.close()
  }

  async #write(id: string, told: Told): Promise<void> {
    await this.#store.put(id, JSON.stringify(told)).catch(() => undefined)
  }

  async #forgetOldest(): Promise<void> {
    const captured = this.captured()
    const surplus = this.#told.size - captured.length - TOLD_MAX
    const isCaptured = new Set(captured)
    const final = surplus > 0 ? [...this.#told.keys()].filter((id) => !isCaptured.has(id)) : []
    for (const id of final.slice(0, Math.max(0, surplus))) await this.#forget(id)
    for (const id of captured.slice(0, Math.max(0, captured.length - CAPTURED_MAX))) {
      await this.#forget(id)
    }
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
    const { asked } = value ?? {}
    const of = { ...(typeof asked === 'string' && { asked }) }
    const answered = value?.['answered'] === true
    if (outcome !== undefined) this.#told.set(id, { outcome, ...of, answered })
    else this.#open.set(id, entryIn(id, value?.['entry']))
  }
}

const entryIn = (id: string, value: unknown): JournalEntry => {
  const known: { readonly [member: string]: unknown } =
    typeof value === 'object' && value !== null ? { ...value } : {}
  const { action, at, amount, of, text, cancel, card, asked } = known
  return {
    id,
    action: typeof action === 'string' ? action : 'unknown',
    at: typeof at === 'string' ? at : '',
    ...(typeof amount === 'number' && { amount }),
    ...(typeof of === 'string' && { of }),
    ...(typeof text === 'string' && { text }),
    ...(cancel === true && { cancel }),
    ...(typeof card === 'string' && { card }),
    ...(typeof asked === 'string' && { asked }),
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
