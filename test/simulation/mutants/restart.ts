import type { Mutant, Patch } from './mutant.ts'

const RECOVER = 'consensus/recover.ts'
const OUTBOX = 'node/outbox/outbox.ts'

/** Breaks nothing: it makes what happens every 64 views happen in a simulation. */
const FLOOR_OFTEN: Patch = {
  file: 'consensus/limits.ts',
  find: 'FLOOR_EVERY_VIEWS = 64',
  replace: 'FLOOR_EVERY_VIEWS = 4',
}

/** What the store and the journal keep, and what a restart makes of them (consensus.md §9 and §10). */
export const RESTART: readonly Mutant[] = [
  {
    name: 'floor-too-high',
    breaks: '§10: the floor only where the store is durable',
    seeds: 40,
    patches: [
      FLOOR_OFTEN,

      {
        file: 'consensus/durable.ts',
        find: "core.pendingFloor = { type: 'floor', epoch: core.config.epoch, view, height, digest }",
        replace:
          "core.pendingFloor = { type: 'floor', epoch: core.config.epoch, view: view + 64, height, digest }",
      },
    ],
  },
  {
    name: 'store-without-proof',
    breaks: '§9: the store holds the finalization of what it holds',
    seeds: 20,
    patches: [
      {
        file: 'node/storage/chain-batch.ts',
        find: '  writer.key(PREFIXES.certificate).u64(height)\n  writer.value().bytes(encodeCertificate(certificate)).end()\n',
        replace: '',
      },
    ],
  },
  {
    name: 'store-loses-records',
    breaks: '§9: one atomic batch with every changed record',
    seeds: 20,
    patches: [
      {
        file: 'node/storage/chain-batch.ts',
        find: '  putRecords(writer, blocks, families)\n',
        replace: '  putRecords(writer, blocks.slice(0, -1), families)\n',
      },
    ],
  },
  {
    name: 'beacon-claims-too-much',
    breaks: '§10: a beacon claims only what is durable',
    seeds: 20,
    patches: [
      {
        file: 'consensus/beacons.ts',
        find: 'finalisedHeight: core.durable.height,',
        replace: 'finalisedHeight: core.chain.finalised.header.height,',
      },
    ],
  },
  {
    name: 'status-claims-too-much',
    breaks: '§10: a status claims only what is durable',
    seeds: 60,
    patches: [
      {
        file: 'consensus/status-exchange.ts',
        find: 'finalised: core.durable,',
        replace:
          'finalised: { ...core.durable, height: core.chain.finalised.header.height, digest: core.chain.finalised.digest },',
      },
    ],
  },
  {
    name: 'store-word-early',
    breaks: '§9: a block counts as stored when it is on disk',
    seeds: 20,
    patches: [
      {
        file: 'node/loop/chain-effects.ts',
        find: 'this.#parts.onFinal(blocks, certificate, () => {',
        replace:
          'if (height !== undefined) queueMicrotask(() => undefined), stored(height)\n    this.#parts.onFinal(blocks, certificate, () => {',
      },
    ],
  },
  {
    name: 'torn-tail-stops',
    breaks: '§10: a torn tail is discarded',
    seeds: 60,
    patches: [
      {
        file: 'node/storage/frame-scan.ts',
        find: "tail: lost ? 'damaged' : 'torn', last }",
        replace: "tail: 'damaged', last }",
      },
    ],
  },
  {
    name: 'disk-failure-ignored',
    breaks: 'durable before visible: a failed write stops the process',
    seeds: 60,
    patches: [
      {
        file: 'node/recovery/core-storage.ts',
        find: 'return (error) => (error === undefined ? done() : fail(error))',
        replace: 'return () => done()',
      },
    ],
  },
  {
    name: 'nullify-not-recovered',
    breaks: '§10: a restart knows its own nullify',
    seeds: 40,
    patches: [
      {
        file: RECOVER,
        find: 'mine[vote.kind] = vote',
        replace: "if (vote.kind !== 'nullify') mine[vote.kind] = vote",
      },
    ],
  },
  {
    name: 'entry-not-recovered',
    breaks: '§10: a restart is in the view of its newest certificate',
    seeds: 40,
    patches: [
      {
        file: RECOVER,
        find: "if (record.type === 'certificate') restoreCertificate(core, record.certificate)",
        replace: '',
      },
    ],
  },
  {
    name: 'blocks-not-recovered',
    breaks: '§10: a restart holds the blocks it voted for',
    seeds: 40,
    patches: [
      {
        file: RECOVER,
        find: 'holdBlock(core.chain, { header, digest, seenAtMs: 0 })',
        replace: '',
      },
    ],
  },
  {
    name: 'promise-before-durable',
    breaks: 'durable before visible: a submission is promised once it is on disk',
    seeds: 60,
    patches: [
      {
        file: OUTBOX,
        find: '    const one = this.#track(entry, [stored])\n',
        replace: '    stored()\n    const one = this.#track(entry, [])\n',
      },
    ],
  },
]
