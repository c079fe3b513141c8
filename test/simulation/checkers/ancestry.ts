import { isFinalization } from '#protocol/chain/certificate.ts'
import { type Header, isSealing } from '#protocol/chain/header.ts'
import type { Hash } from '#protocol/hash.ts'
import type { Checker, ObservationOf } from '../observation.ts'

type Point = { readonly header: Header; readonly digest: Hash }

/**
 * Invariant 2: each final block is so by finalize votes, extends the one before it from an earlier view
 * of its epoch, time rises, and every view between them was nullified. A sealing block may be final in a
 * later view than its own: in each view up to there it was notarized again, or the view was nullified.
 */
export const createAncestry = (genesis: Point): Checker => {
  const final = new Map<number, Point>([[0, genesis]])
  const nullified = new Set<string>()
  const notarized = new Set<string>()

  const onFinal = ({ block, certificate }: ObservationOf<'final'>): string | undefined => {
    const { header, digest } = block.block
    if (!isFinalization(certificate)) return `height ${header.height} is final by no finalization`
    const known = final.get(header.height)
    if (known !== undefined) return undefined
    const parent = final.get(header.height - 1)
    if (parent === undefined) return `height ${header.height} before height ${header.height - 1}`
    final.set(header.height, { header, digest })
    const above = viewBefore(header, parent)
    return (
      fault(header, parent, above) ??
      gapFault(header, above) ??
      (isSealing(header) ? repeatFault({ header, digest }, certificate.view) : undefined)
    )
  }

  const gapFault = ({ epoch, view: to }: Header, from: number): string | undefined => {
    for (let view = from + 1; view < to; view++) {
      if (nullified.has(`${epoch} ${view}`)) continue
      return `view ${to} follows view ${from}, ${view} is not nullified`
    }
    return undefined
  }

  const repeatFault = ({ header, digest }: Point, to: number): string | undefined => {
    const { epoch } = header
    for (let view = header.view + 1; view < to; view++) {
      if (nullified.has(`${epoch} ${view}`) || notarized.has(`${epoch} ${view} ${digest}`)) continue
      return `the sealing block is final in view ${to}, view ${view} is neither`
    }
    return undefined
  }

  return {
    name: 'ancestry',
    see: (observation) => {
      if (observation.type === 'certificate') {
        const { certificate } = observation
        const place = `${certificate.epoch} ${certificate.view}`
        if (certificate.kind === 'nullify') nullified.add(place)
        if (certificate.kind === 'notarize') notarized.add(`${place} ${certificate.digest}`)
      }
      if (observation.type !== 'final' || !observation.who.honest) return undefined
      return onFinal(observation)
    },
  }
}

/** The view that a block comes after; in another epoch than its parent's, none. */
const viewBefore = (header: Header, parent: Point): number =>
  header.epoch === parent.header.epoch ? parent.header.view : 0

const fault = (header: Header, parent: Point, above: number): string | undefined => {
  if (header.parentDigest !== parent.digest) return `height ${header.height} has another parent`
  if (header.view <= above) return `view ${header.view} after ${above}`
  return header.timestampMs > parent.header.timestampMs
    ? undefined
    : `height ${header.height} is not later than its parent`
}
