import { UNCHECKED } from './ledger.ts'
import type { Mutant, Patch } from './mutant.ts'

const HOLD = 'protocol/ledger/hold.ts'
const OPEN = 'protocol/ledger/rules/hold-open.ts'
const USE = 'protocol/ledger/rules/hold.ts'
const SWEEP = 'protocol/ledger/sweep.ts'
const GAP = 'protocol/ledger/gap.ts'
const LEDGER = 'protocol/ledger/ledger.ts'
const LEASES = 'node/leases/leases.ts'
const CAPTURE = 'node/leases/capture.ts'

/** Seen by the load of a whole fair, with the product's own check of each block off. */
const atFair = (name: string, breaks: string, patch: Patch): Mutant => ({
  name,
  breaks,
  seeds: 60,
  fit: { load: 'wholeFair' },
  patches: [UNCHECKED, patch],
})

/** Seen by venues that are cut off. */
const cutOff = (name: string, breaks: string, patch: Patch): Mutant => ({
  name,
  breaks,
  seeds: 200,
  leases: true,
  patches: [patch],
})

/** Money that is set apart: what opens, captures and ends a hold, and what a venue does alone (ledger.md §7). */
export const HOLDS: readonly Mutant[] = [
  atFair('hold-captured-beyond-cap', '§7: Σ captures ≤ cap', {
    file: USE,
    find: "if (body.amount > remainderOf(hold)) return refuse('hold_cap_exceeded')",
    replace: '',
  }),
  atFair('hold-captured-when-closed', '§11.3: a hold resolves once', {
    file: USE,
    find: "if (hold.status === 'closed') return 'hold_closed'\n  return timeMs",
    replace: 'return timeMs',
  }),
  atFair('hold-split-of-everything-and-more', '§7: a sub-lease is part of its lease', {
    file: USE,
    find: "if (body.cap > remainderOf(hold)) return refuse('hold_cap_exceeded')",
    replace: '',
  }),
  atFair('hold-split-keeps-its-cap', '§7: what is handed on is no longer there', {
    file: HOLD,
    find: '{ ...hold, cap: units(hold.cap - part.cap) }',
    replace: 'hold',
  }),
  atFair('hold-released-without-rights', '§7: the beneficiary or the key releases', {
    file: USE,
    find: 'if (!rights.ok) return rights\n  }',
    replace: '}',
  }),
  atFair('hold-keeps-what-is-released', '§7: release gives the rest back', {
    file: HOLD,
    find: 'flows: amount === 0 ? [] :',
    replace: 'flows: amount !== 0 ? [] :',
  }),
  atFair('hold-never-swept', '§7: a hold that is over is swept', {
    file: SWEEP,
    find: 'entry.untilMs > timeMs',
    replace: 'true',
  }),
  atFair('hold-swept-early', '§7: and no earlier', {
    file: SWEEP,
    find: 'entry.untilMs > timeMs',
    replace: 'entry.untilMs > timeMs + 1_000',
  }),
  atFair('hold-sweep-not-taken-back', '§10: undo gives the entries of swept holds back', {
    file: LEDGER,
    find: 'readmitHolds(holds, undo.swept)',
    replace: '',
  }),
  atFair('hold-opened-beyond-mandate', '§7: what is held counts under the mandate', {
    file: OPEN,
    find: "if (typeof mandate === 'object') {",
    replace: "if (typeof mandate === 'bigint') {",
  }),
  atFair('hold-opened-beyond-grant', '§7: and under the caps of the grant', {
    file: OPEN,
    find: "if ('ok' in used) return used",
    replace: "if ('ok' in used) return applied({})",
  }),
  atFair('lease-beyond-terms', '§7: leases keep within the terms of their asset', {
    file: OPEN,
    find: "if (passesLease(bounded, asset, wallet)) return refuse('lease_limit_exceeded')",
    replace: '',
  }),
  atFair('holds-without-number', '§7: open holds per wallet and place are capped', {
    file: OPEN,
    find: "if (hasTooManyHoldsFor(view, wallet, body.place)) return 'hold_limit_reached'",
    replace: '',
  }),
  cutOff('capture-answered-before-disk', '§7: a capture is durable before it is answered', {
    file: LEASES,
    find: "const kept = this.#keep(capture, [() => answer({ kind: 'accepted', replayed: false })])",
    replace:
      "const kept = this.#keep(capture, [])\n    answer({ kind: 'accepted', replayed: false })",
  }),
  cutOff('capture-promised-twice', '§7: Σ (journal and ledger) ≤ cap', {
    file: LEASES,
    find: 'return remainderOf(hold) - this.onTheWay(hold.id)',
    replace: 'return remainderOf(hold)',
  }),
  cutOff('capture-forgotten-by-restart', '§7: the journal survives', {
    file: LEASES,
    find: 'for (const capture of recovered) this.#deliver(this.#keep(capture, undefined))',
    replace: 'recovered.slice()',
  }),
  cutOff('capture-lapsed-with-its-id', '§7: a ledger that stood still voids no honest sale', {
    file: LEASES,
    find: "if (end.kind === 'expired') this.#renew(kept, end.timeMs)",
    replace: "if (end.kind === 'expired') this.#lose(kept, 'expired')",
  }),
  cutOff('capture-signed-twice', '§7: each accepted capture is signed once', {
    file: LEASES,
    find: 'else if (kept.lapsedMs === undefined) this.#deliver(kept)',
    replace: 'else if (kept.lapsedMs === undefined) this.#renew(kept, 0)',
  }),
  cutOff('capture-lost-untold', '§7: a capture that came too late is in the report', {
    file: LEASES,
    find: 'kept.capture = { ...kept.capture, lost }',
    replace: 'lost.slice()',
  }),
  cutOff('lease-without-end', '§7: a venue stops at the end of its lease', {
    file: CAPTURE,
    find: "return 'lease_over'",
    replace: 'return undefined',
  }),
  cutOff('gap-unseen', '§7: a gap gives the grace anew', {
    file: GAP,
    find: 'if (timestampMs - parentMs <= HEARTBEATS_IN_GAP * heartbeatMs) return',
    replace: 'if (heartbeatMs > 0) return',
  }),
]
