import type { EpochEnd } from '#consensus/epoch-end.ts'
import { authoritySetOf } from '#protocol/chain/authority-set.ts'
import { isSealing } from '#protocol/chain/header.ts'
import { nextEpochOf } from '#protocol/ledger/epoch.ts'
import type { Ledger } from '#protocol/ledger/ledger.ts'
import { authoritiesOf, networkOf } from '#protocol/ledger/network.ts'
import type { EpochRecord } from '#protocol/state/record.ts'
import { type Answer, guarded, withValue } from '../storage/completion.ts'
import { corruptState } from '../storage/corrupt-state.ts'
import type { Storage } from '../storage/storage.ts'
import type { RecoveredChain } from './recover-chain.ts'

/**
 * How every epoch ended so far, oldest first: what the state remembers of those that are over, each
 * with its sealing block and finalization from the store; and the last one, if the store ends with a
 * sealing block.
 */
export const loadEpochs = (
  parts: {
    readonly storage: Storage
    readonly ledger: Ledger
    readonly final: RecoveredChain['final']
  },
  answer: Answer<readonly EpochEnd[]>,
): void => {
  const { state } = parts.ledger
  const over: EpochRecord[] = []
  for (const { record } of state.entries('epoch')) over.push(record)
  over.sort((a, b) => a.epoch - b.epoch)
  readEnds(
    parts,
    { over, ends: [] },
    withValue(answer, (ends) =>
      guarded(
        answer,
        () => [...ends, ...lastEnd(parts)],
        (value) => answer({ ok: true, value }),
      ),
    ),
  )
}

type Parts = Parameters<typeof loadEpochs>[0]
type Progress = { readonly over: readonly EpochRecord[]; readonly ends: readonly EpochEnd[] }

const readEnds = (
  parts: Parts,
  { over, ends }: Progress,
  answer: Answer<readonly EpochEnd[]>,
): void => {
  const [first, ...rest] = over
  if (first === undefined) {
    answer({ ok: true, value: ends })
    return
  }
  const { reader } = parts.storage
  const height = first.sealedHeight
  reader.certificate(
    height,
    withValue(answer, (found) =>
      guarded(
        answer,
        (): EpochEnd => {
          const block = reader.block(height)
          if (block === undefined || found?.height !== height || !isSealing(block.header)) {
            throw corruptState(`no sealing block with its finalization at height ${height}`)
          }
          const { header, digest } = block
          return { header, digest, certificate: found.certificate, next: nextOf(parts, rest) }
        },
        (end) => readEnds(parts, { over: rest, ends: [...ends, end] }, answer),
      ),
    ),
  )
}

/** The epoch after one that is over: the next that is over, or the present one. */
const nextOf = ({ ledger }: Parts, [next]: readonly EpochRecord[]): EpochEnd['next'] => {
  const { state } = ledger
  const { epoch, members } = next ?? authoritiesOf(state)
  const version = next?.version ?? networkOf(state).ver
  return { epoch, set: authoritySetOf(members), version }
}

const lastEnd = ({ ledger, final }: Parts): readonly EpochEnd[] => {
  const next = nextEpochOf(ledger.state)
  const { header, digest, certificate } = final
  if (next === undefined) return []
  if (certificate === null) throw corruptState('genesis seals no epoch')
  return [{ header, digest, certificate, next }]
}
