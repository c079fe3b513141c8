import type { Ledger } from '#protocol/ledger/ledger.ts'
import { FAMILIES, type FamilyName, type Records } from '#protocol/state/families.ts'
import type { FamilyTable } from '#protocol/state/state.ts'
import type { Seen } from './machine-parts.ts'
import type { OpenProcess } from './process.ts'

/** Looks into a process after each of its events, and says what is new there. */
export const createLookout = (
  open: OpenProcess,
  tell: (seen: Seen) => void,
): { readonly look: () => void; readonly view: () => number } => {
  const { executor } = open.core
  let [epoch, view, height] = [0, 0, -1]
  let tip = executor.tip()

  const lookAtStanding = (): void => {
    const at = standingOf(open)
    if (at.epoch === epoch && at.view === view && at.height === height) return
    epoch = at.epoch
    view = at.view
    height = at.height
    tell({ type: 'standing', ...at })
  }

  const lookAtTip = (): void => {
    const before = tip
    tip = executor.tip()
    if (tip.digest === before.digest) return
    const { height: at, stateRoot: claimed, parentDigest } = tip.header
    const undone =
      at <= before.header.height ||
      (at === before.header.height + 1 && parentDigest !== before.digest)
    tell({
      type: 'tip',
      height: at,
      digest: tip.digest,
      root: open.ledger.state.root(),
      claimed,
      undone,
      records: () => recordsOf(open.ledger),
    })
  }

  return {
    look: () => {
      lookAtStanding()
      lookAtTip()
    },
    view: () => view,
  }
}

const standingOf = ({
  seat,
  core,
}: OpenProcess): Omit<Extract<Seen, { type: 'standing' }>, 'type'> => {
  const { executor } = core
  const { epoch } = core.seating()
  const held = {
    open: executor.tip().header.height - executor.final().header.height,
    waiting: core.waitingCount(),
  }
  if (seat.kind === 'follower') {
    const { settledView, finalisedHeight } = seat.follower.standing()
    return {
      epoch,
      view: settledView,
      height: finalisedHeight,
      held: { ...held, settledView, rounds: 0, blocks: 0 },
    }
  }
  const { view, finalisedHeight, settledView, roundsHeld, blocksHeld } = seat.replica.standing()
  return {
    epoch,
    view,
    height: finalisedHeight,
    held: { ...held, settledView, rounds: roundsHeld, blocks: blocksHeld },
  }
}

/** Every record with its slot, in its one encoding. */
export const recordsOf = ({ state }: Ledger): string => {
  const definitions: FamilyTable<Records> = FAMILIES
  const lines: string[] = []
  const add = <F extends FamilyName>(family: F): void => {
    for (const { slot, key, record } of state.entries(family)) {
      lines.push(`${family} ${slot} ${key} ${definitions[family].encode(record)}`)
    }
  }
  for (const family of FAMILY_NAMES) add(family)
  return lines.join('\n')
}

const isFamilyName = (name: string): name is FamilyName => name in FAMILIES

const FAMILY_NAMES = Object.keys(FAMILIES).filter(isFamilyName)
