import { type Certificate, verifyCertificate } from '#protocol/chain/certificate.ts'
import { sameBallot, type Vote } from '#protocol/chain/vote.ts'
import { recordVote } from './ballot-box.ts'
import { onCertificate } from './certificates.ts'
import { finalView, halt } from './chain.ts'
import { holdBlock } from './commit.ts'
import type { FatalCode } from './effect.ts'
import type { JournalRecord } from './journal-record.ts'
import type { Recovered } from './replica-config.ts'
import { type Core, roundAt } from './state.ts'

/** Brings back what the disk knows; stops the node when the disk cannot be what it wrote. */
export const recover = (core: Core, recovered: Recovered): void => {
  checkStore(core, recovered)
  checkOrigin(core, recovered)
  const records = ownRecords(recovered.records, core.config.epoch)
  for (const record of records) if (record.type === 'floor') restoreFloor(core, record)
  for (const record of records) {
    if (record.type === 'certificate') restoreCertificate(core, record.certificate)
  }
  for (const record of records) if (record.type === 'vote') restoreVote(core, record.vote)
  restoreBlocks(core, { ...recovered, records })
}

/** What the journal holds from the record of this epoch on: views of earlier ones mean nothing here. */
const ownRecords = (records: readonly JournalRecord[], epoch: number): readonly JournalRecord[] => {
  const begun = records.findLastIndex((record) => record.type === 'epoch' && record.epoch === epoch)
  return begun === -1 ? [] : records.slice(begun)
}

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
    stop(core, 'journal_corrupt', 'the finalization of the store')
    return
  }
  roundAt(core, certificate.view).finalization = certificate
}

/** The journal belongs to this network, and is there if anything of this epoch was ever decided. */
const checkOrigin = (core: Core, { records, finalised }: Recovered): void => {
  const { epoch, set, genesisDigest } = core.config
  if (core.fresh && finalised.digest !== genesisDigest) {
    stop(core, 'journal_missing', `store at height ${finalised.header.height}`)
  }
  for (const record of records) {
    if (record.type !== 'epoch' || record.epoch < epoch) continue
    if (record.epoch > epoch)
      stop(core, 'store_rolled_back', `the journal is of epoch ${record.epoch}`)
    const same =
      record.epoch === epoch &&
      record.setHash === set.hash &&
      record.genesisDigest === genesisDigest
    if (!same) stop(core, 'journal_corrupt', 'an epoch of another network or set')
  }
}

const restoreFloor = (
  core: Core,
  record: Extract<JournalRecord, { readonly type: 'floor' }>,
): void => {
  core.floorView = Math.max(core.floorView, record.view)
  if (record.view > finalView(core.chain)) {
    stop(core, 'store_rolled_back', `the journal's floor is at height ${record.height}`)
  }
}

const restoreCertificate = (core: Core, certificate: Certificate): void => {
  core.journaled.add(certificate)
  if (onCertificate(core, certificate, 'journal')) return
  stop(core, 'journal_corrupt', `${certificate.kind} certificate of view ${certificate.view}`)
}

/** Two votes that exclude each other are corruption, and so is one of another epoch after this one began. */
const restoreVote = (core: Core, vote: Vote): void => {
  if (vote.view <= core.prunedBelow) return
  const detail = `own ${vote.kind} of view ${vote.view}`
  const round = roundAt(core, vote.view)
  const { mine } = round
  const known = mine[vote.kind]
  if (vote.epoch !== core.config.epoch) stop(core, 'journal_corrupt', detail)
  if (vote.signer !== core.config.me || (known !== undefined && !sameBallot(known, vote))) {
    stop(core, 'journal_corrupt', detail)
  }
  if (vote.view > core.view) stop(core, 'journal_corrupt', `${detail} without an entry certificate`)
  mine[vote.kind] = vote
  // Counted: alone in its set, a member's own vote is a quorum that nobody else will tell it of.
  recordVote(core, round, { vote, verified: true })
}

/** Blocks that we voted for are in the block log, whole; they are executed again when needed. */
const restoreBlocks = (core: Core, { records, blocks, finalised }: Recovered): void => {
  for (const { header, digest } of blocks) {
    const past = header.epoch !== core.config.epoch || header.view <= finalView(core.chain)
    if (past || header.height <= finalised.header.height) continue
    holdBlock(core.chain, { header, digest, seenAtMs: 0 })
    const node = core.chain.blocks.get(digest)
    if (node !== undefined) node.persisted = true
  }
  for (const record of records) {
    if (record.type !== 'block' || record.view <= finalView(core.chain)) continue
    if (record.height <= finalised.header.height || core.chain.blocks.has(record.digest)) continue
    stop(core, 'journal_corrupt', `block ${record.digest} is not in the block log`)
  }
}
