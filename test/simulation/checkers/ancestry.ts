import type { Header } from '#protocol/chain/header.ts'
import type { Hash } from '#protocol/hash.ts'
import type { Checker, ObservationOf } from '../observation.ts'

type Point = { readonly header: Header; readonly digest: Hash }

/**
 * Invariant 2: each final block extends the one before it from an earlier view, time rises, and every
 * view between them was nullified.
 */
export const createAncestry = (genesis: Point): Checker => {
  const final = new Map<number, Point>([[0, genesis]])
  const nullified = new Set<number>()

  const onFinal = ({ block }: ObservationOf<'final'>): string | undefined => {
    const { header, digest } = block.block
    const known = final.get(header.height)
    if (known !== undefined) return undefined
    const parent = final.get(header.height - 1)
    if (parent === undefined) return `height ${header.height} before height ${header.height - 1}`
    final.set(header.height, { header, digest })
    return fault(header, parent) ?? gapFault(parent.header.view, header.view)
  }

  const gapFault = (from: number, to: number): string | undefined => {
    for (let view = from + 1; view < to; view++) {
      if (!nullified.has(view)) return `view ${to} follows view ${from}, ${view} is not nullified`
    }
    return undefined
  }

  return {
    name: 'ancestry',
    see: (observation) => {
      if (observation.type === 'certificate' && observation.certificate.kind === 'nullify') {
        nullified.add(observation.certificate.view)
      }
      if (observation.type !== 'final' || !observation.who.honest) return undefined
      return onFinal(observation)
    },
  }
}

const fault = (header: Header, parent: Point): string | undefined => {
  if (header.parentDigest !== parent.digest) return `height ${header.height} has another parent`
  if (header.view <= parent.header.view) return `view ${header.view} after ${parent.header.view}`
  return header.timestampMs > parent.header.timestampMs
    ? undefined
    : `height ${header.height} is not later than its parent`
}
