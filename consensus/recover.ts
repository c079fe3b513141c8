import { type Certificate, verifyCertificate } from '#protocol/chain/certificate.ts'
import { sameBallot, type Vote } from '#protocol/chain/vote.ts'
import { hasForgotten, loseVotes, lossIn } from './amnesia.ts'
import { recordVote } from './ballot-box.ts'
import { onCertificate } from './certificates.ts'
import { finalView, halt } from './chain.ts'
import { holdBlock } from './commit.ts'
import type { FatalCode } from './effect.ts'
import type { JournalRecord, LossCode } from './journal-record.ts'
import type { Recovered } from './replica-config.ts'
import { type Core, roundAt } from './state.ts'

/**
 * Brings back what the disk knows. It stops the node when store or journal are another network's, or the
 * store's newest finalization does not verify; it begins in amnesia when the journal cannot be all that
 * was written.
 */
export const recover = (core: Core, recovered: Recovered): void => {
  checkStore(core, recovered)
  const { epoch, genesisDigest } = core.config
  const loss = lossIn(recovered, { epoch, genesisDigest, fresh: core.fresh })
  if (loss !== undefined) loseVotes(core, loss)
  checkOrigin(core, recovered)
  const records = ownRecords(recovered.records, epoch)
  for (const record of records) restoreFloor(core, record)
  for (const record of records) {
    if (record.type === 'certificate') restoreCertificate(core, record.certificate)
  }
  for (const record of records) if (record.type === 'vote') restoreVote(core, record.vote)
  restoreBlocks(core, recovered)
  for (const record of records) if (record.type === 'block') checkBlock(core, record)
  checkFinalization(core, recovered)
}

/**
 * What the journal holds from the record of this epoch on, since views of earlier ones mean nothing
 * here; and from the last amnesia on, since nothing before it counts.
 */
const ownRecords = (records: readonly JournalRecord[], epoch: number): readonly JournalRecord[] => {
  const begun = records.findLastIndex((record) => record.type === 'epoch' && record.epoch === epoch)
  return begun === -1 ? [] : records.slice(Math.max(begun, lostAt(records)))
}

const lostAt = (records: readonly JournalRecord[]): number =>
  records.findLastIndex(({ type }) => type === 'amnesia')

const lose = (core: Core, code: LossCode, detail: string): void => loseVotes(core, { code, detail })

const stop = (core: Core, code: FatalCode, detail: string): void =>
  halt(core.chain, { code, detail, proof: [] })

const checkStore = (core: Core, { finalised }: Recovered): void => {
  const { certificate, digest, header } = finalised
  if (certificate === null || header.epoch !== core.config.epoch) {
    if (digest !== core.config.genesisDigest) stop(core, 'journal_corrupt', 'another genesis')
    return
  }
  const named = certificate.digest === digest && certificate.view === header.view
  if (!named || !verifyCertificate(certificate, core.domain, core.config.verify)) {
    stop(core, 'state_corrupt', 'the finalization of the newest block in the store')
    return
  }
  roundAt(core, certificate.view).finalization = certificate
}

/** The journal belongs to this network, and is there if anything of this epoch was ever decided. */
const checkOrigin = (core: Core, { records, finalised }: Recovered): void => {
  const { epoch, set, genesisDigest } = core.config
  if (core.fresh && finalised.digest !== genesisDigest) {
    lose(core, 'journal_missing', `store at height ${finalised.header.height}`)
  }
  for (const record of records.slice(lostAt(records) + 1)) {
    if (record.type !== 'epoch' || record.epoch < epoch) continue
    if (record.epoch > epoch) {
      lose(core, 'store_rolled_back', `the journal is of epoch ${record.epoch}`)
      continue
    }
    const same = record.setHash === set.hash && record.genesisDigest === genesisDigest
    if (!same) stop(core, 'journal_corrupt', 'an epoch of another network or set')
  }
}

/** Views of which the journal says only that nothing is voted there any more. */
const restoreFloor = (core: Core, record: JournalRecord): void => {
  if (record.type !== 'floor' && record.type !== 'refusal') return
  if (record.epoch !== core.config.epoch) return
  const { memory } = core
  memory.blankTo = Math.max(memory.blankTo, record.view)
  memory.toldTo = Math.max(memory.toldTo, record.view)
  if (record.type === 'refusal') {
    memory.refusedView = Math.max(memory.refusedView, record.view)
    return
  }
  core.floorView = Math.max(core.floorView, record.view)
  if (record.view > finalView(core.chain)) {
    lose(core, 'store_rolled_back', `the journal's floor is at height ${record.height}`)
  }
}

const restoreCertificate = (core: Core, certificate: Certificate): void => {
  core.journaled.add(certificate)
  if (onCertificate(core, certificate, 'journal')) return
  lose(core, 'journal_corrupt', `${certificate.kind} certificate of view ${certificate.view}`)
}

/** Two votes that exclude each other are corruption, and so is one of another epoch after this one began. */
const restoreVote = (core: Core, vote: Vote): void => {
  core.memory.toldTo = Math.max(core.memory.toldTo, vote.view)
  if (vote.view <= core.prunedBelow) return
  const detail = `own ${vote.kind} of view ${vote.view}`
  const round = roundAt(core, vote.view)
  const { mine } = round
  const known = mine[vote.kind]
  const foreign = vote.epoch !== core.config.epoch || vote.signer !== core.config.me
  if (foreign || (known !== undefined && !sameBallot(known, vote))) {
    lose(core, 'journal_corrupt', detail)
  }
  if (vote.view > core.view) lose(core, 'journal_corrupt', `${detail} without an entry certificate`)
  if (core.loss !== undefined) return
  mine[vote.kind] = vote
  if (vote.kind === 'finalize') {
    core.memory.finalizedTo = Math.max(core.memory.finalizedTo, vote.view)
  }
  // Counted: alone in its set, a member's own vote is a quorum that nobody else will tell it of.
  recordVote(core, round, { vote, verified: true })
}

/** Blocks that we voted for are in the block log, whole; they are executed again when needed. */
const restoreBlocks = (core: Core, { blocks, finalised }: Recovered): void => {
  for (const { header, digest } of blocks) {
    const past = header.epoch !== core.config.epoch || header.view <= finalView(core.chain)
    if (past || header.height <= finalised.header.height) continue
    holdBlock(core.chain, { header, digest, seenAtMs: 0 })
    const node = core.chain.blocks.get(digest)
    if (node !== undefined) node.persisted = true
  }
}

const checkBlock = (
  core: Core,
  { view, height, digest }: Extract<JournalRecord, { readonly type: 'block' }>,
): void => {
  const { chain } = core
  if (view <= finalView(chain) || height <= chain.finalised.header.height) return
  if (!chain.blocks.has(digest))
    lose(core, 'journal_corrupt', `no block ${digest} in the block log`)
}

/** The store knows of a vote of ours that the journal has lost. */
const checkFinalization = (core: Core, { finalised: { certificate, header } }: Recovered): void => {
  if (certificate === null || header.epoch !== core.config.epoch) return
  if (!hasForgotten(core, certificate)) return
  lose(core, 'journal_rolled_back', `the store has our finalize of view ${certificate.view}`)
}
