import type { EpochEnd } from '#consensus/epoch-end.ts'
import type { Header } from '#protocol/chain/header.ts'
import type { Hash } from '#protocol/hash.ts'
import { type Finality, finalityOf, withEpochs } from '#protocol/proof/finality.ts'
import type { History } from '#protocol/state/history.ts'
import type { CertifiedHeight } from '../storage/chain-reader.ts'
import { promised } from '../storage/completion.ts'
import type { Storage } from '../storage/storage.ts'
import type { Recent, RecentBlock } from './recent.ts'

export type FinalitiesParts = {
  readonly history: History
  readonly recent: Pick<Recent, 'block'>
  readonly storage: Pick<Storage, 'reader'>
  /** How the epochs so far ended, oldest first. */
  readonly ends: () => readonly EpochEnd[]
}

/** What shows that a final block is final; undefined for genesis while nothing follows it. */
export type Finalities = (block: {
  readonly header: Header
  readonly digest: Hash
}) => Promise<Finality | undefined>

/** A block in the middle of a segment is shown by the last one of it, and its place in history. */
export const createFinalities = (parts: FinalitiesParts): Finalities => {
  const certifiedAt = async (height: number): Promise<RecentBlock['certified'] | undefined> => {
    const recent = parts.recent.block(height)?.certified
    if (recent !== undefined) return recent
    const { reader } = parts.storage
    const found = await promised<CertifiedHeight | undefined>((answer) =>
      reader.certificate(height, answer),
    )
    const header = found && reader.block(found.height)?.header
    return header && { header, certificate: found.certificate }
  }

  return async ({ header, digest }) => {
    const certified = await certifiedAt(header.height)
    if (certified === undefined) return undefined
    const { certificate, header: last } = certified
    const before = parts.ends().filter((end) => end.header.epoch < last.epoch)
    const ends = before.map(({ next, ...end }) => ({ ...end, next: next.set }))
    if (last.height === header.height) return withEpochs(finalityOf(header, certificate), ends)
    const path = parts.history.path(header.height, last.height, digest)
    return withEpochs(finalityOf(header, certificate, { header: last, path }), ends)
  }
}
