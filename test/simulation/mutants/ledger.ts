import type { Mutant, Patch } from './mutant.ts'

const MOVEMENT = 'protocol/ledger/movement.ts'
const APPLY = 'protocol/ledger/apply.ts'
const SALE = 'protocol/ledger/rules/sale.ts'
const TRANSFER = 'protocol/ledger/rules/transfer.ts'
const SLOTS = 'protocol/state/slots.ts'
const EXECUTOR = 'node/pipeline/executor.ts'

/** The product's own check of every block, off: then only the simulator can notice. */
export const UNCHECKED: Patch = {
  file: 'protocol/ledger/invariants.ts',
  find: '  checkConservation(touched) ??\n',
  replace: '  true ? undefined : checkConservation(touched) ??\n',
}

/** The invariants of ledger.md §11 and the rules that keep them; blocks taken back (§9, §10). */
export const LEDGER: readonly Mutant[] = [
  {
    name: 'money-from-nothing',
    breaks: '§11.1: what one balance gains another loses',
    seeds: 10,
    patches: [
      UNCHECKED,
      {
        file: MOVEMENT,
        find: 'units(before.available + received - out - held)',
        replace: 'units(before.available + received + received - out - held)',
      },
    ],
  },
  {
    name: 'money-from-nothing-asserted',
    breaks: "§11.1: the product's own check of the block is what notices",
    seeds: 10,
    patches: [
      {
        file: MOVEMENT,
        find: 'units(before.available + received - out - held)',
        replace: 'units(before.available + received + received - out - held)',
      },
    ],
  },
  {
    name: 'money-lost',
    breaks: '§11.1: a payment arrives',
    seeds: 10,
    patches: [
      UNCHECKED,
      {
        file: MOVEMENT,
        find: 'units(before.available + received - out - held)',
        replace: 'units(before.available + Math.max(0, received - 1) - out - held)',
      },
    ],
  },
  {
    name: 'supply-not-counted',
    breaks: '§11.1: supply is issued less burned',
    seeds: 10,
    patches: [
      UNCHECKED,
      {
        file: MOVEMENT,
        find: 'supply: units(before.supply + issued - burned)',
        replace: 'supply: before.supply',
      },
    ],
  },
  {
    name: 'issued-not-counted',
    breaks: '§11.1: what is issued is counted',
    seeds: 10,
    patches: [
      UNCHECKED,
      {
        file: MOVEMENT,
        find: 'issued: units(before.issued + issued)',
        replace: 'issued: before.issued',
      },
    ],
  },
  {
    name: 'total-in-not-counted',
    breaks: '§11.2: what came in less what went out is what is there',
    seeds: 10,
    patches: [
      UNCHECKED,
      {
        file: MOVEMENT,
        find: 'totalIn: units(before.totalIn + received)',
        replace: 'totalIn: before.totalIn',
      },
    ],
  },
  {
    name: 'totals-fall',
    breaks: '§11.2: both totals never fall',
    seeds: 20,
    patches: [
      UNCHECKED,
      {
        file: MOVEMENT,
        find: '      totalIn: units(before.totalIn + received),\n      totalOut: units(before.totalOut + out),',
        replace:
          '      totalIn: units(Math.max(0, before.totalIn + received - before.totalOut - out)),\n      totalOut: units(0),',
      },
    ],
  },
  {
    name: 'overdrawn-transfer',
    breaks: '§11.1: no balance is negative',
    seeds: 30,
    fit: { load: 'doubleSpends' },
    patches: [
      UNCHECKED,
      {
        file: TRANSFER,
        find: 'if (available < body.amount) return refuse',
        replace: 'if (false) return refuse',
      },
      {
        file: MOVEMENT,
        find: 'available: units(before.available + received - out - held)',
        replace: 'available: before.available + received - out - held',
      },
    ],
  },
  {
    name: 'overdrawn-transfer-asserted',
    breaks: '§11.1: that an amount is never negative is what notices',
    seeds: 30,
    fit: { load: 'doubleSpends' },
    patches: [
      {
        file: TRANSFER,
        find: 'if (available < body.amount) return refuse',
        replace: 'if (false) return refuse',
      },
    ],
  },
  {
    name: 'sale-of-what-is-there',
    breaks: '§6: a sale that is short moves nothing',
    seeds: 40,
    patches: [
      { file: SALE, find: 'if (given < body.amount) return', replace: 'if (false) return' },
    ],
  },
  {
    name: 'sale-of-twice',
    breaks: '§6: a sale takes its price',
    seeds: 20,
    patches: [
      {
        file: SALE,
        find: 'const amount = Math.min(missing, availableOf(view, wallet, asset.id))',
        replace: 'const amount = Math.min(2 * missing, availableOf(view, wallet, asset.id))',
      },
    ],
  },
  {
    name: 'cancel-refused',
    breaks: '§6: whoever may sign a payment may cancel it',
    seeds: 20,
    patches: [
      {
        file: 'protocol/ledger/rules/payment-cancel.ts',
        find: 'return rights.ok ? cancelled : rights',
        replace: "return rights.ok ? { ok: false, code: 'grant_action_missing' } : rights",
      },
    ],
  },
  {
    name: 'refused-moves-money',
    breaks: '§2: refused, nothing moved',
    seeds: 40,
    fit: { load: 'doubleSpends' },
    patches: [
      UNCHECKED,
      {
        file: APPLY,
        find: "const outcome = effects.ok ? 'applied' : effects.code",
        replace:
          "const outcome = effects.ok && jti.endsWith('7') ? 'insufficient_funds' : effects.ok ? 'applied' : effects.code",
      },
    ],
  },
  {
    name: 'movements-told-wrong',
    breaks: '§11.1: an event tells what moved',
    seeds: 10,
    patches: [
      UNCHECKED,
      { file: MOVEMENT, find: 'change: received - out }', replace: 'change: received }' },
    ],
  },
  {
    name: 'id-not-used-up',
    breaks: '§2: a payment id is used up once',
    seeds: 60,
    patches: [
      {
        file: APPLY,
        find: "  draft.put('payment', paymentKey, record)\n",
        replace:
          "  if (event.kind !== 'payment.cancel') draft.put('payment', paymentKey, record)\n",
      },
    ],
  },
  {
    name: 'refusal-does-not-use-up',
    breaks: '§2: a declined payment can never succeed later',
    seeds: 60,
    fit: { load: 'doubleSpends' },
    patches: [
      {
        file: APPLY,
        find: "  draft.put('payment', paymentKey, record)\n",
        replace: "  if (effects.ok) draft.put('payment', paymentKey, record)\n",
      },
    ],
  },
  {
    name: 'ids-of-all-scopes',
    breaks: '§2: a payment id is that of its scope',
    seeds: 20,
    patches: [
      {
        file: 'protocol/ledger/scope.ts',
        find: ": { kind: 'wallet', scope: wallet.id }",
        replace: ": { kind: 'key', scope: signer }",
      },
    ],
  },
  {
    name: 'payments-forgotten-early',
    breaks: '§2: an id is remembered until nothing can come under it',
    seeds: 10,
    patches: [
      {
        file: 'protocol/ledger/forget.ts',
        find: 'if (entry === undefined || entry.untilMs > timestampMs) break',
        replace: 'if (entry === undefined || entry.untilMs > timestampMs + 864_000_000) break',
      },
    ],
  },
  {
    name: 'states-differ',
    breaks: '§11.6: the same block on the same state gives the same bytes everywhere',
    seeds: 10,
    patches: [
      {
        file: APPLY,
        find: 'const record = paymentRecordOf(transaction, { acting, position, outcome, untilMs })',
        replace:
          'const twisted = untilMs + (globalThis.twist = (globalThis.twist ?? 0) + 1); const record = paymentRecordOf(transaction, { acting, position, outcome, untilMs: twisted })',
      },
    ],
  },
  {
    name: 'undo-keeps-records',
    breaks: '§10: undo ∘ apply is identity: changed records',
    seeds: 15,
    fit: { load: 'hotWallets', syncMs: { min: 0, max: 8 } },
    patches: [
      {
        file: SLOTS,
        find: '      slots.records[slot] = change.before\n      return',
        replace: '      return',
      },
    ],
  },
  {
    name: 'undo-keeps-new-records',
    breaks: '§10: undo ∘ apply is identity: new records',
    seeds: 40,
    throws: 'leaves',
    patches: [
      {
        file: SLOTS,
        find: '      slots.slotOf.delete(key)\n      slots.keys.length = slot\n      slots.records.length = slot',
        replace: '      slots.slotOf.delete(key)\n      slots.keys[slot] = undefined',
      },
    ],
  },
  {
    name: 'undo-keeps-history',
    breaks: '§9: a block taken back is no ancestor any more',
    seeds: 40,
    patches: [
      {
        file: EXECUTOR,
        find: '    this.#parts.history.truncate(this.tip().header.height)\n',
        replace: '',
      },
    ],
  },
]
