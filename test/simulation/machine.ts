import type { JournalRecord } from '#consensus/journal-record.ts'
import type { NetworkPort, PeerName, Topic } from '#node/network/network-port.ts'
import type { OutboxEntry } from '#node/outbox/outbox.ts'
import type { ReceivingSnapshot } from '#node/recovery/receive-snapshot.ts'
import { FIRST_EPOCH } from '#protocol/chain/header.ts'
import type { Hash } from '#protocol/hash.ts'
import type { RuleBook } from '#protocol/ledger/rule-book.ts'
import { OLD_BOOK } from '#test/support/second-rules.ts'
import { createSimulatedDisk, type SimulatedDisk } from './disk.ts'
import { type Harm, isOverWithAmnesia, worse } from './harm.ts'
import type { Ear, Life, MachineParts } from './machine-parts.ts'
import type { Who } from './observation.ts'
import { type OpenProcess, openProcess } from './process.ts'
import { createLookout } from './standing.ts'
import { START_MS } from './start.ts'
import { durableText, endText, newestOf } from './trace.ts'
import { createVirtualTimers } from './virtual-timers.ts'

/** The power fails, or the process is killed, between two effects. */
class Death extends Error {}

/** What a process stops with when its disk fails. */
const DISK_CODES: ReadonlySet<string> = new Set(['io_failed', 'disk_full'])

export type Ending = 'power' | 'kill'

/** One machine: a disk and a clock that stay, and the processes that come and go on it. */
export class Machine {
  readonly peer: PeerName
  /** To damage it, and to put it back; not while a process runs. */
  readonly disk: SimulatedDisk
  readonly #parts: MachineParts
  #life: Life | undefined
  #lives = 0
  #fuse: { effects: number; readonly ending: Ending } | undefined
  #pausedUntilMs = 0
  #who: Who
  #skewMs: number
  #drift: { readonly sinceMs: number; readonly perMille: number } | undefined
  #syncMs: { readonly min: number; readonly max: number }
  #rules: RuleBook | undefined
  /** Its disk is another one than at the opening: its copy begins with a snapshot. */
  #isRenewed = false

  constructor(parts: MachineParts) {
    this.#who = parts.who
    this.peer = parts.peer
    this.#parts = parts
    this.#skewMs = parts.skewMs
    this.#syncMs = parts.syncMs
    this.#rules = parts.rules
    this.disk = createSimulatedDisk({
      beforeAct: () => this.#burn(),
      onFailure: (needed) => {
        if (this.#life !== undefined) this.#life.failed = true
        if (needed) this.#parts.observe({ type: 'diskFailed' })
      },
      later: (complete) => this.#later(this.#diskMs(), complete),
      onDurable: (records, blocks) => this.#onDurable(records, blocks),
      onTorn: () => this.#parts.observe({ type: 'torn' }),
    })
  }

  get who(): Who {
    return this.#who
  }

  /** Its memory is not what it was: until its amnesia is over it is one of the f that may fail. */
  impair(harm: Harm): void {
    this.#who = { ...this.#who, impaired: true, harm: worse(this.#who.harm, harm) }
  }

  /** It knows where its lost votes can be: it is held to all its words again, unless more came to harm. */
  #recollect(): void {
    if (isOverWithAmnesia(this.#who.harm)) this.#who = { ...this.#who, impaired: false }
  }

  /** The process, once it has read its disk. */
  process(): OpenProcess | undefined {
    return this.#life?.open
  }

  isUp(): boolean {
    return this.#life?.open !== undefined || this.#life?.receiving !== undefined
  }

  /** Ends the process, if one runs, and takes another disk. */
  renew(): void {
    this.end('power')
    this.disk.renew()
    this.#isRenewed = true
    this.#parts.observe({ type: 'renewed' })
  }

  /** Starts a process, unless one runs. */
  boot(): void {
    if (this.#life !== undefined) return
    const { agenda, random } = this.#parts
    this.#lives += 1
    const bornMs = agenda.nowMs()
    const timers = createVirtualTimers({
      at: (atMs, act) => this.#later(bornMs + atMs - agenda.nowMs(), act),
      mark: () => this.#life?.lookout?.view() ?? 0,
      fired: (timer, mark) => {
        this.#note('timer', 0, () => timer)
        const late = mark !== this.#life?.lookout?.view()
        this.#parts.observe({ type: 'alarm', timer, late })
      },
    })
    const life: Life = {
      number: this.#lives,
      bornMs,
      timers,
      open: undefined,
      receiving: undefined,
      lookout: undefined,
      failed: false,
      knows: false,
    }
    this.#life = life
    this.#note('boot', life.number, () => `life ${life.number}`)
    const own = random.fork(`life ${life.number}`)
    this.#enter(life, () => this.#open(life, own.next))
  }

  /** Ends the process now, if one runs. */
  end(ending: Ending): void {
    const life = this.#life
    if (life === undefined) return
    this.#life = undefined
    this.#fuse = undefined
    this.#pausedUntilMs = 0
    life.timers.stop()
    this.#note('end', 0, () => ending)
    this.#parts.observe({ type: ending === 'kill' ? 'killed' : 'powerLost' })
    if (ending === 'kill') this.disk.kill()
    else this.disk.crash(this.#parts.random.next)
    this.#parts.onFall()
  }

  /** Ends the process after so many further effects: before one is done, or before it is acknowledged. */
  endAfter(effects: number, ending: Ending): void {
    this.#fuse = { effects, ending }
  }

  defuse(): void {
    this.#fuse = undefined
  }

  /** Stops the process for a while: nothing it should do happens before. */
  pause(untilMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, untilMs)
  }

  stepClock(byMs: number): void {
    this.#skewMs += byMs
  }

  /** The wall clock runs fast (or slow) by so many thousandths; 0: it runs as it should again. */
  driftClock(perMille: number): void {
    this.#skewMs = this.#offsetMs()
    this.#drift = { sinceMs: this.#parts.agenda.nowMs(), perMille }
  }

  /** Software with other rules; the next process runs it. */
  equip(rules: RuleBook): void {
    this.#rules = rules
  }

  setDisk(syncMs: { readonly min: number; readonly max: number }): void {
    this.#syncMs = syncMs
  }

  wallMs(): number {
    return START_MS + this.#parts.agenda.nowMs() + this.#offsetMs()
  }

  #offsetMs(): number {
    if (this.#drift === undefined) return this.#skewMs
    const { sinceMs, perMille } = this.#drift
    return this.#skewMs + Math.floor(((this.#parts.agenda.nowMs() - sinceMs) * perMille) / 1_000)
  }

  armed(): readonly string[] {
    return this.#life?.timers.armed() ?? []
  }

  deliver(from: PeerName, bytes: Uint8Array, detail: () => string): void {
    this.#arrive('receive', bytes.length, detail, (ear) => {
      const heard = this.#parts.hear(from, bytes)
      if (heard !== undefined) ear.onMessage(from, heard)
    })
  }

  gossip(topic: Topic, from: PeerName, bytes: Uint8Array, detail: () => string): void {
    this.#arrive('hear', bytes.length, detail, (ear) => {
      if ('onGossip' in ear) ear.onGossip(topic, from, bytes)
    })
  }

  link(peer: PeerName, state: 'up' | 'down', detail: () => string): void {
    this.#arrive(`link ${state}`, 0, detail, (ear) => ear.onPeer(peer, state))
  }

  /** Through the outbox, as the door does; `stored` once this node has promised an outcome. */
  submit(entry: OutboxEntry, stored: () => void): void {
    this.#run(({ core }) => {
      this.#note('submit', 0, () => `${entry.kind} ${entry.id}`)
      // A door answers from the ledger what is recorded there, and nobody waits for the outbox.
      const recorded = core.executor.finalView().get('payment', `${entry.scope}/${entry.id}`)
      core.outbox.submit(entry, stored)
      if (recorded === undefined) this.#awaitEnd(entry)
    })
  }

  #open(life: Life, random: () => number): void {
    const { agenda } = this.#parts
    openProcess(
      {
        ...this.#parts,
        ...(this.#rules !== undefined && { rules: this.#rules }),
        ports: this.disk.open(),
        network: this.#port(),
        timers: life.timers,
        random,
        clock: { wallMs: () => this.wallMs(), monotonicMs: () => agenda.nowMs() - life.bornMs },
        report: ({ code, facts }) => {
          this.#parts.observe({ type: 'report', code })
          if (code === 'consensus_amnesiaOver') life.knows = true
          const member = facts['member']
          if (code !== 'consensus_evidence' || typeof member !== 'number') return
          const { epoch } = life.open?.core.seating() ?? { epoch: FIRST_EPOCH }
          this.#parts.observe({ type: 'evidence', epoch, member })
        },
        onFinal: (blocks, certificate) => {
          for (const block of blocks) this.#parts.observe({ type: 'final', block, certificate })
          const { header, digest } = newestOf(blocks)
          this.#note('final', header.height, () => `${header.height} ${digest.slice(0, 8)}`)
        },
        onStored: (blocks) => {
          const height = newestOf(blocks).header.height
          this.#parts.observe({ type: 'stored', height })
        },
        onFatal: (code, detail) => this.#stop(code, detail),
        onReceiving: this.#isRenewed
          ? (receiving) => this.#onReceiving(life, receiving)
          : undefined,
      },
      (result) => {
        if (!result.ok) this.#stop(result.error.code, result.error.message)
        else this.#start(life, result.value)
      },
    )
  }

  /** It has a network of its own for that, which ends with it. */
  #onReceiving(life: Life, receiving: ReceivingSnapshot | undefined): void {
    life.receiving = receiving
    if (receiving === undefined) this.#parts.onFall()
    else this.#parts.onRise()
  }

  #start(life: Life, open: OpenProcess): void {
    life.open = open
    const { records } = open.storage
    life.lookout = createLookout(open, this.#parts.observe)
    this.#parts.observe({ type: 'boot', records, height: open.core.executor.final().header.height })
    for (const entry of open.core.outbox.entries()) this.#awaitEnd(entry)
    open.core.start()
    this.#parts.onRise()
  }

  #stop(code: string, detail: string): void {
    this.#note('stop', 0, () => `${code}: ${detail}`)
    const excused =
      (this.#life?.failed === true && DISK_CODES.has(code)) ||
      (code === 'upgrade_required' && this.#rules === OLD_BOOK)
    this.#parts.observe({ type: 'stopped', code, detail, excused })
    this.end('kill')
    throw new Death()
  }

  #awaitEnd(entry: OutboxEntry): void {
    this.process()?.core.outbox.onEnd(entry.hash, (end) => {
      this.#note('answer', 0, () => `${entry.kind} ${entry.id} ${endText(end)}`)
      this.#parts.observe({ type: 'answer', entry, end })
    })
  }

  #port(): NetworkPort {
    const port = this.#parts.network()
    return {
      ...port,
      send: (peer, priority, bytes) => {
        this.#burn()
        port.send(peer, priority, bytes)
      },
      publish: (topic, bytes) => {
        this.#burn()
        port.publish(topic, bytes)
      },
    }
  }

  #onDurable(records: readonly JournalRecord[], blocks: readonly Hash[]): void {
    if (records.length + blocks.length === 0) return
    this.#note('durable', records.length, () => durableText(records, blocks))
    const refuses = records.some(({ type }) => type === 'refusal') && this.#life?.knows === true
    if (refuses) this.#recollect()
    this.#parts.observe({ type: 'durable', records, blocks })
  }

  #diskMs(): number {
    const { min, max } = this.#syncMs
    return min === max ? min : this.#parts.random.between(min, max)
  }

  #burn(): void {
    const fuse = this.#fuse
    if (fuse === undefined) return
    fuse.effects -= 1
    if (fuse.effects > 0) return
    this.end(fuse.ending)
    throw new Death()
  }

  /** Something comes from outside: nobody is at home while the process is down. */
  #arrive(event: string, sum: number, detail: () => string, act: (ear: Ear) => void): void {
    const life = this.#life
    const ear = life?.open?.core ?? life?.receiving
    if (life === undefined || ear === undefined) return
    this.#enter(life, () => {
      this.#note(event, sum, detail)
      act(ear)
    })
  }

  /** Does something with a process that is open. */
  #run(act: (open: OpenProcess) => void): void {
    const life = this.#life
    const open = life?.open
    if (life !== undefined && open !== undefined) this.#enter(life, () => act(open))
  }

  #later(delayMs: number, act: () => void): void {
    const life = this.#life
    const { agenda } = this.#parts
    if (life !== undefined) agenda.at(agenda.nowMs() + delayMs, () => this.#enter(life, act))
  }

  /** Runs code of the process, unless it is gone; what kills it ends here. */
  #enter(life: Life, act: () => void): void {
    const { agenda } = this.#parts
    if (this.#life !== life) return
    if (this.#pausedUntilMs > agenda.nowMs()) {
      agenda.at(this.#pausedUntilMs, () => this.#enter(life, act))
      return
    }
    try {
      act()
    } catch (error) {
      if (!(error instanceof Death)) throw error
    }
    if (this.#life === life) life.lookout?.look()
  }

  #note(event: string, sum: number, detail: () => string): void {
    this.#parts.note(event, sum, detail)
  }
}
