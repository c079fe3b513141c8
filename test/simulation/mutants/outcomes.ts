import type { Mutant } from './mutant.ts'

const OUTBOX = 'node/outbox/outbox.ts'

/** Every submitted payment has exactly one outcome (ledger.md §2), and whoever waits hears of it. */
export const OUTCOMES: readonly Mutant[] = [
  {
    name: 'expired-too-early',
    breaks: 'one outcome: expired once the chain passed it',
    seeds: 40,
    fit: { load: 'expiryBoundary' },
    patches: [
      {
        file: OUTBOX,
        find: '      if (entry.expMs > timeMs) {',
        replace: '      if (entry.expMs - 2_000 > timeMs) {',
      },
      { file: OUTBOX, find: 'if (timeMs < this.#earliestExpiryMs) return []', replace: '' },
    ],
  },
  {
    name: 'expired-never',
    breaks: 'one outcome: an outbox past its expiry hears of it',
    seeds: 60,
    patches: [
      {
        file: OUTBOX,
        find: '    if (timeMs < this.#earliestExpiryMs) return []',
        replace: '    if (timeMs > 0) return []',
      },
    ],
  },
  {
    name: 'outcome-of-another',
    breaks: 'one outcome: what is told is in the chain',
    seeds: 40,
    patches: [
      {
        file: OUTBOX,
        find: "const end = { kind: 'recorded', event, hash } as const",
        replace:
          "const end = { kind: 'recorded', event: { ...event, outcome: 'applied', index: event.index + 1 }, hash } as const",
      },
    ],
  },
  {
    name: 'outcome-before-final',
    breaks: 'one outcome: nothing is told that is not final',
    seeds: 60,
    patches: [
      {
        file: 'node/loop/authority.ts',
        find: '    const { header, digest } = built.held\n',
        replace:
          '    const { header, digest } = built.held\n    this.#parts.onBuilt?.(built.held)\n',
      },
      {
        file: 'node/loop/node-core.ts',
        find: '      onFinal: (blocks, certificate, stored) => {\n',
        replace:
          '      onBuilt: (held) => { const expired = held.transactions.map(({ hash, jti, expMs, body }) => ({ block: { header: { ...held.header, timestampMs: held.header.timestampMs + 50_000 } }, events: [], transactions: [] })); if (expired.length > 0) this.outbox.onFinal(expired) },\n      onFinal: (blocks, certificate, stored) => {\n',
      },
    ],
  },
]
