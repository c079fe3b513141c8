import type { Blow } from './blow.ts'

/** What a torture has done so far, and everything that did not go as it must. */
export class Tally {
  readonly #blows = new Map<Blow['tag'], number>()
  readonly faults: string[] = []
  /** Processes that were ended by SIGKILL. */
  kills = 0

  count(tag: Blow['tag']): void {
    this.#blows.set(tag, (this.#blows.get(tag) ?? 0) + 1)
  }

  of(tag: Blow['tag']): number {
    return this.#blows.get(tag) ?? 0
  }

  fault(sentence: string): void {
    this.faults.push(sentence)
  }

  /** Nodes that stopped because blocks or states contradict each other. */
  get halted(): number {
    return this.faults.filter((sentence) => FORK_CODES.some((code) => sentence.includes(code)))
      .length
  }

  /** How often each kind of blow was struck to its end. */
  get blows(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#blows].sort())
  }
}

/** Codes of a node that stops because it has seen two truths. */
const FORK_CODES = ['conflicting_certificates', 'state_diverged', 'invariant_broken'] as const
