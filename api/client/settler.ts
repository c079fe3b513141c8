import { askedBy } from './asked.ts'
import { CARD_CHANGES, cardQuestion, unchangedBy } from './card-looks.ts'
import { clientError, KermesseError } from './error.ts'
import { endSecondsIn, type IdLife, lapseSeconds } from './id-life.ts'
import type { Journal, JournalEntry } from './journal.ts'
import { CLOCK_SLACK_MS, OPEN_PAGES_MAX, RESOLVE_AT_ONCE } from './limits.ts'
import { type Captured, isPaid, type Outcome } from './outcome.ts'
import { type Patience, persist } from './persist.ts'
import { signedCancellation, type TillSigner } from './signer.ts'
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
  /** Paid out of a lease before, and still not on the ledger: they are asked for again next time. */
  readonly captured: readonly Captured[]
}

export type SettlerParts = {
  readonly world: World
  readonly transport: Transport
  readonly journal: Journal
  /** The label of this till: what the node keeps of it is resolved too. */
  readonly till: string | undefined
  readonly nowMs: () => number
  readonly idLife: IdLife
  /** Signs cancellations, where the till signs for itself. */
  readonly signer: TillSigner | undefined
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
  /** Open orders about cards, which name them as the journal must not. */
  readonly #cardOrders = new Map<string, Sent>()

  constructor(parts: SettlerParts) {
    this.#parts = parts
  }

  /**
   * Sends an order until its outcome is told. The same order again joins it. Rejects with a
   * `KermesseError`: `outcome_unknown` when nobody can say in time, else why nothing was kept.
   */
  settle(order: Order, patience: Patience): Promise<Outcome> {
    const { id } = order.entry
    const asked = askedBy(order.sent)
    const running = this.#running.get(id)
    if (running !== undefined) {
      return running.asked === asked ? running.end : Promise.reject(reused(id))
    }
    const end = this.#settle(order, asked, patience).finally(() => this.#running.delete(id))
    this.#running.set(id, { asked, end })
    return end
  }

  /** Uses an id up and tells what became of its payment; once, however often it is asked for. */
  cancel(id: string, patience: Patience, amended: Amending = asTold): Promise<Outcome> {
    const running = this.#cancelling.get(id)
    if (running !== undefined) return running
    const end = this.#cancel(id, patience, amended).finally(() => this.#cancelling.delete(id))
    this.#cancelling.set(id, end)
    return end
  }

  /** What became of a payment, whoever asked for it; waits for it. */
  async outcome(id: string, patience: Patience): Promise<Outcome> {
    const { journal } = this.#parts
    const known = journal.told(id)
    if (known?.status === 'captured') return await this.#afterCapture(known, patience)
    if (known !== undefined) return known
    const run = await this.#run(id, questionOf(id), patience)
    // The node may not have heard of it yet: what the journal holds stays open.
    if (run.told.kind === 'unknown') throw run.told.error
    return await this.#end(id, { ...run, mayBeKept: true })
  }

  /**
   * Settles what is open: asks for each, and cancels what the node never heard of, so that it cannot be
   * charged later when nobody is looking. What this process is sending now is left alone.
   */
  async resolve(patience: Patience): Promise<Resolution> {
    const settled: Outcome[] = []
    const captured: Captured[] = []
    const open: { readonly id: string; readonly error: KermesseError }[] = []
    const queue = (await this.#openIds(patience)).values()
    const node = { answers: true }
    const work = async (): Promise<void> => {
      for (const id of queue) {
        const before = this.#parts.journal.told(id)?.status
        try {
          const outcome = await this.#resolveOne(id, patience, node)
          if (outcome.status === 'captured' && before === 'captured') captured.push(outcome)
          else settled.push(outcome)
        } catch (cause) {
          open.push({ id, error: errorFrom(cause, id) })
        }
      }
    }
    await Promise.all(Array.from({ length: RESOLVE_AT_ONCE }, work))
    return { settled, open, captured }
  }

  async #settle({ entry, sent }: Order, asked: string, patience: Patience): Promise<Outcome> {
    const { id } = entry
    const { journal } = this.#parts
    const known = journal.told(id)
    const first = journal.asked(id)
    if (first.asked !== undefined && first.asked !== asked) throw reused(id)
    if (known !== undefined) {
      // Where the order itself was not answered, the id may have been used for another.
      const isOfThis = first.answered === true || amountOf(known) === entry.amount
      if (!isPaid(known) || (first.asked === asked && isOfThis)) return known
    }
    const before = journal.entry(id)
    await journal.begin({ ...entry, asked, ...(before?.cancel === true && { cancel: true }) })
    if (CARD_CHANGES.has(sent.operation)) this.#cardOrders.set(id, sent)
    const run = await this.#run(id, sent, patience)
    // What the id was used for is not this: of whatever it is told now, this is not the order.
    if (run.told.kind === 'turned_away' && run.told.error.code === 'id_reused') {
      const { asked: _, ...rest } = { ...entry, ...journal.entry(id) }
      await journal.begin(rest)
      this.#cardOrders.delete(id)
      throw run.told.error
    }
    // The outcome that was told may be of other content: only the node can say.
    if (known !== undefined && run.told.kind !== 'outcome') throw unknownOutcome(id, run.told)
    const mayBeKept = run.mayBeKept || before !== undefined || this.#cancelling.has(id)
    return await this.#end(id, { ...run, mayBeKept }, { answered: true })
  }

  async #cancel(id: string, patience: Patience, amended: Amending): Promise<Outcome> {
    const { journal, nowMs } = this.#parts
    const known = journal.told(id)
    if (known?.status === 'captured') return await this.#afterCapture(known, patience)
    if (known !== undefined) return known
    const before = journal.entry(id)
    const at = new Date(nowMs()).toISOString()
    await journal.begin({ ...(before ?? { id, action: 'payment.cancel', at }), cancel: true })
    const run = await this.#run(id, await this.#cancellationOf(id, patience), patience)
    const mayBeKept = run.mayBeKept || before !== undefined
    if (run.told.kind === 'outcome') {
      const told = { kind: 'outcome', outcome: await amended(run.told.outcome) } as const
      return await this.#end(id, { told, mayBeKept })
    }
    const isOver = run.told.kind === 'turned_away' && (await this.#hasLapsed(id, patience))
    return await this.#end(id, { told: isOver ? expired(id) : run.told, mayBeKept })
  }

  async #cancellationOf(id: string, { signal }: Patience): Promise<Sent> {
    const { signer, idLife, journal } = this.#parts
    if (signer === undefined) return { operation: 'cancelPayment', named: { id }, body: {} }
    const validityMs = await idLife.validityMs(signal)
    const text = signedCancellation(signer, id, { validityMs, text: journal.entry(id)?.text })
    return { operation: 'submitTransaction', text }
  }

  /**
   * Whether nothing can come under an id any more, and nothing has: the chain has passed its end, and
   * the node, asked after that, knows nothing of it.
   */
  async #hasLapsed(id: string, patience: Patience): Promise<boolean> {
    const { idLife, journal, transport } = this.#parts
    const ledger = await idLife.ledgerTime(patience.signal)
    if (ledger === undefined) return false
    const { validityMs, timeMs } = ledger
    const lapsesMs = lapseSeconds(id, { validityMs, text: journal.entry(id)?.text }) * 1_000
    if (!(timeMs >= lapsesMs)) return false
    const asksById = transport.hasCredential
    const sent = asksById ? questionOf(id) : await this.#cancellationOf(id, patience)
    const { told } = await this.#run(id, sent, patience)
    if (asksById) return told.kind === 'unknown'
    // Whoever may only cancel hears at the door that it is too late, after the id was looked up.
    return told.kind === 'turned_away' && told.error.code === 'expired'
  }

  /** Paid, and not the last word: asked for until it is on the ledger, or known to be lost. */
  async #afterCapture(
    known: Captured,
    patience: Patience,
    node = { answers: true },
  ): Promise<Outcome> {
    const { told } = await this.#run(known.id, questionOf(known.id), patience)
    node.answers = told.kind !== 'again'
    return told.kind === 'outcome' ? await this.#parts.journal.settle(told.outcome) : known
  }

  async #run(id: string, sent: Sent, patience: Patience): Promise<Run> {
    const { world, transport } = this.#parts
    let mayBeKept = false
    const { told } = await persist(world, patience, async () => {
      const answer = await transport.ask(sent, patience.signal)
      const said = this.#believed(id, toldBy(id, sent.operation, answer))
      if (said.kind === 'pending' || (said.kind === 'again' && !said.notKept)) mayBeKept = true
      const over = said.kind !== 'pending' && said.kind !== 'again'
      return { told: said, over, retryAfterMs: over ? undefined : said.retryAfterMs }
    })
    return { told, mayBeKept }
  }

  /** That a payment has expired is no outcome while its own signed text still counts. */
  #believed(id: string, told: Told): Told {
    if (told.kind !== 'outcome' || told.outcome.status !== 'expired') return told
    const { journal, nowMs } = this.#parts
    const endSeconds = endSecondsIn(journal.entry(id)?.text ?? '')
    if (endSeconds === undefined) return told
    const { time } = told.outcome
    const ledgerMs = time === undefined ? nowMs() - CLOCK_SLACK_MS : Date.parse(time)
    const isOver = ledgerMs >= endSeconds * 1_000
    return isOver ? told : { kind: 'again', code: 'expired', notKept: false }
  }

  async #end(id: string, { told, mayBeKept }: Run, how?: { answered: boolean }): Promise<Outcome> {
    const { journal } = this.#parts
    if (told.kind === 'outcome') {
      this.#cardOrders.delete(id)
      return await journal.settle(told.outcome, how)
    }
    // Another voice may have told it meanwhile: a cancellation, while the order was on its way.
    const known = journal.told(id)
    if (known !== undefined) {
      this.#cardOrders.delete(id)
      return known
    }
    const error = errorOfTold(id, told)
    // Whose the id is tells the next resolution; this content at least will never have it.
    if (error.code === 'id_reused') throw error
    // What came too late says nothing of what came before it.
    if (mayBeKept || error.status === 410) throw unknownOutcome(id, told)
    this.#cardOrders.delete(id)
    await journal.forget(id)
    throw error
  }

  async #openIds(patience: Patience): Promise<readonly string[]> {
    const { journal } = this.#parts
    const ids = new Set([...journal.entries().map(({ id }) => id), ...journal.captured()])
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

  async #resolveOne(id: string, patience: Patience, node: { answers: boolean }): Promise<Outcome> {
    const { journal, transport } = this.#parts
    const known = journal.told(id)
    if (known?.status === 'captured') {
      // Nobody waits for it: asked once, and not at all of a node that is silent.
      const once = { ...patience, patienceMs: 0 }
      return node.answers ? await this.#afterCapture(known, once, node) : known
    }
    if (known !== undefined) return known
    const cancel = (): Promise<Outcome> =>
      this.cancel(id, patience, (outcome) => this.#asCardIs(id, outcome, patience))
    const entry = journal.entry(id)
    if (entry?.cancel === true || !transport.hasCredential) return await cancel()
    const run = await this.#run(id, questionOf(id), patience)
    if (run.told.kind === 'unknown' && entry !== undefined) return await cancel()
    return await this.#end(id, { ...run, mayBeKept: true })
  }

  /** An order that cannot take effect any more, and had nothing to do if its card is as asked. */
  async #asCardIs(id: string, outcome: Outcome, { signal }: Patience): Promise<Outcome> {
    if (outcome.status !== 'cancelled') return outcome
    const { journal, transport } = this.#parts
    const entry = journal.entry(id)
    const sent = this.#cardOrders.get(id)
    const question = cardQuestion(entry, sent)
    if (question === undefined) return outcome
    const answer = await transport.ask(question, signal)
    if (answer.kind === 'silence') throw clientError('outcome_unknown', { ...UNKNOWN, id })
    return unchangedBy(id, { action: entry?.action, sent }, answer) ?? outcome
  }
}

/** What is made of an outcome before it is told. */
type Amending = (outcome: Outcome) => Promise<Outcome>
const asTold: Amending = async (outcome) => outcome

const UNKNOWN = { retryable: true, recorded: false } as const

const reused = (id: string): KermesseError => clientError('id_reused', { retryable: false, id })

const unknownOutcome = (id: string, told: Undecided): KermesseError => {
  const cause = errorOfTold(id, told)
  return clientError('outcome_unknown', { ...UNKNOWN, id, detail: cause.code, cause })
}

const amountOf = (outcome: Outcome): number | undefined =>
  outcome.status === 'applied' || outcome.status === 'captured' ? outcome.amount : undefined

const questionOf = (id: string): Sent => ({ operation: 'getTransaction', named: { id } })

const expired = (id: string): Told => ({ kind: 'outcome', outcome: { id, status: 'expired' } })

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
