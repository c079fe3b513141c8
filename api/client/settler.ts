import { clientError, KermesseError } from './error.ts'
import type { Journal, JournalEntry } from './journal.ts'
import { OPEN_PAGES_MAX, RESOLVE_AT_ONCE } from './limits.ts'
import type { Outcome } from './outcome.ts'
import { type Patience, persist } from './persist.ts'
import { type Told, toldBy, type Undecided } from './told.ts'
import type { Sent, Transport } from './transport.ts'
import type { World } from './world.ts'

/** Something that moves money or changes a card, under one payment id. */
export type Order = {
  readonly entry: JournalEntry
  readonly sent: Sent
}

/** What became of the payments that were open. */
export type Resolution = {
  readonly settled: readonly Outcome[]
  /** Nobody can say yet, and why. They stay in the journal: resolve again later. */
  readonly open: readonly { readonly id: string; readonly error: KermesseError }[]
}

export type SettlerParts = {
  readonly world: World
  readonly transport: Transport
  readonly journal: Journal
  /** The label of this till: what the node keeps of it is resolved too. */
  readonly till: string | undefined
  readonly nowMs: () => number
  /** The signed cancellation of an id, where the till signs for itself. */
  readonly signedCancel: ((id: string) => string) | undefined
}

/** What a run of attempts came to. `mayBeKept`: some attempt may have left the order with the node. */
type Run = { readonly told: Told; readonly mayBeKept: boolean }

/**
 * Brings payments to their one outcome. Durable before sent: an id is in the journal before the node
 * hears of it, and leaves it only with an outcome, or when the node promises that it kept nothing.
 */
export class Settler {
  readonly #parts: SettlerParts
  readonly #running = new Map<string, { readonly asked: string; readonly end: Promise<Outcome> }>()
  readonly #cancelling = new Map<string, Promise<Outcome>>()

  constructor(parts: SettlerParts) {
    this.#parts = parts
  }

  /**
   * Sends an order until its outcome is told. The same order again joins it. Rejects with a
   * `KermesseError`: `outcome_unknown` when nobody can say in time, else why nothing was kept.
   */
  settle(order: Order, patience: Patience): Promise<Outcome> {
    const { id } = order.entry
    const asked = JSON.stringify({
      ...order.sent,
      text: undefined,
      entry: { ...order.entry, at: '' },
    })
    const running = this.#running.get(id)
    if (running !== undefined) {
      if (running.asked === asked) return running.end
      return Promise.reject(clientError('id_reused', { retryable: false, id }))
    }
    const end = this.#settle(order, patience).finally(() => this.#running.delete(id))
    this.#running.set(id, { asked, end })
    return end
  }

  /** Uses an id up and tells what became of its payment; once, however often it is asked for. */
  cancel(id: string, patience: Patience): Promise<Outcome> {
    const running = this.#cancelling.get(id)
    if (running !== undefined) return running
    const end = this.#cancel(id, patience).finally(() => this.#cancelling.delete(id))
    this.#cancelling.set(id, end)
    return end
  }

  /** What became of a payment, whoever asked for it; waits for it. */
  async outcome(id: string, patience: Patience): Promise<Outcome> {
    const { journal } = this.#parts
    const known = journal.told(id)
    if (known !== undefined) return known
    const run = await this.#run(id, { operation: 'getTransaction', named: { id } }, patience)
    // The node may not have heard of it yet: what the journal holds stays open.
    if (run.told.kind === 'unknown') throw run.told.error
    return await this.#end(id, { ...run, mayBeKept: true })
  }

  /**
   * Settles what is open: asks for each, and cancels what the node never heard of, so that it cannot be
   * charged later when nobody is looking. What this process is sending now is left alone.
   */
  async resolve(patience: Patience): Promise<Resolution> {
    const ids = await this.#openIds(patience)
    const settled: Outcome[] = []
    const open: { readonly id: string; readonly error: KermesseError }[] = []
    const queue = ids.values()
    const work = async (): Promise<void> => {
      for (const id of queue) {
        try {
          settled.push(await this.#resolveOne(id, patience))
        } catch (cause) {
          open.push({ id, error: errorFrom(cause, id) })
        }
      }
    }
    await Promise.all(Array.from({ length: RESOLVE_AT_ONCE }, work))
    return { settled, open }
  }

  async #settle({ entry, sent }: Order, patience: Patience): Promise<Outcome> {
    const { journal } = this.#parts
    const before = journal.entry(entry.id)
    await journal.begin({ ...entry, ...(before?.cancel === true && { cancel: true }) })
    const run = await this.#run(entry.id, sent, patience)
    return await this.#end(entry.id, { ...run, mayBeKept: run.mayBeKept || before !== undefined })
  }

  async #cancel(id: string, patience: Patience): Promise<Outcome> {
    const { journal, signedCancel, nowMs } = this.#parts
    const known = journal.told(id)
    if (known !== undefined) return known
    const before = journal.entry(id)
    const at = new Date(nowMs()).toISOString()
    await journal.begin({ ...(before ?? { id, action: 'payment.cancel', at }), cancel: true })
    const run = await this.#run(id, cancelSent(id, signedCancel), patience)
    return await this.#end(id, { ...run, mayBeKept: run.mayBeKept || before !== undefined })
  }

  async #run(id: string, sent: Sent, patience: Patience): Promise<Run> {
    const { world, transport } = this.#parts
    let mayBeKept = false
    const { told } = await persist(world, patience, async () => {
      const said = toldBy(id, await transport.ask(sent, patience.signal))
      if (said.kind === 'pending' || (said.kind === 'again' && !said.notKept)) mayBeKept = true
      const over = said.kind !== 'pending' && said.kind !== 'again'
      return { told: said, over, retryAfterMs: over ? undefined : said.retryAfterMs }
    })
    return { told, mayBeKept }
  }

  async #end(id: string, { told, mayBeKept }: Run): Promise<Outcome> {
    const { journal } = this.#parts
    if (told.kind === 'outcome') return await journal.settle(told.outcome)
    // Another voice may have told it meanwhile: a cancellation, while the order was on its way.
    const known = journal.told(id)
    if (known !== undefined) return known
    const error = errorOfTold(id, told)
    // Whose the id is tells the next resolution; this content at least will never have it.
    if (error.code === 'id_reused') throw error
    if (mayBeKept) {
      throw clientError('outcome_unknown', { ...UNKNOWN, id, detail: error.code, cause: error })
    }
    await journal.forget(id)
    throw error
  }

  async #openIds(patience: Patience): Promise<readonly string[]> {
    const ids = new Set(this.#parts.journal.entries().map(({ id }) => id))
    for (const id of await this.#keptByNode(patience)) ids.add(id)
    return [...ids].filter((id) => !this.#running.has(id) && !this.#cancelling.has(id)).toSorted()
  }

  /** What the node keeps of this till, also of a journal that was lost. Without an answer, nothing. */
  async #keptByNode(patience: Patience): Promise<readonly string[]> {
    const { till, transport } = this.#parts
    if (till === undefined || !transport.hasCredential) return []
    const ids: string[] = []
    let after: string | undefined
    for (let page = 0; page < OPEN_PAGES_MAX; page++) {
      const query = { state: 'open', till, ...(after !== undefined && { after }) }
      const answer = await transport.ask({ operation: 'listOpenPayments', query }, patience.signal)
      if (answer.kind === 'silence' || answer.status !== 200) return ids
      const { items, next } = answer.body
      ids.push(...idsIn(items))
      if (typeof next !== 'string' || next === after) return ids
      after = next
    }
    return ids
  }

  async #resolveOne(id: string, patience: Patience): Promise<Outcome> {
    const { journal, transport } = this.#parts
    const entry = journal.entry(id)
    if (entry?.cancel === true || !transport.hasCredential) return await this.cancel(id, patience)
    const run = await this.#run(id, { operation: 'getTransaction', named: { id } }, patience)
    if (run.told.kind === 'unknown' && entry !== undefined) return await this.cancel(id, patience)
    return await this.#end(id, { ...run, mayBeKept: true })
  }
}

const UNKNOWN = { retryable: true, recorded: false } as const

const cancelSent = (id: string, signedCancel: ((id: string) => string) | undefined): Sent =>
  signedCancel === undefined
    ? { operation: 'cancelPayment', named: { id }, body: {} }
    : { operation: 'submitTransaction', text: signedCancel(id) }

const errorOfTold = (id: string, told: Undecided): KermesseError => {
  switch (told.kind) {
    case 'turned_away':
    case 'unknown':
      return told.error
    case 'pending':
      return new KermesseError('pending', { retryable: true, id })
    case 'again':
      return new KermesseError(told.code, { retryable: true, id, retryAfterMs: told.retryAfterMs })
  }
}

const errorFrom = (cause: unknown, id: string): KermesseError =>
  cause instanceof KermesseError
    ? cause
    : clientError('outcome_unknown', { retryable: true, id, cause })

const idsIn = (items: unknown): readonly string[] =>
  Array.isArray(items)
    ? items.flatMap((item: unknown) => {
        const id = typeof item === 'object' && item !== null && 'id' in item ? item.id : undefined
        return typeof id === 'string' ? [id] : []
      })
    : []
