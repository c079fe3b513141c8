import type { Hash } from '#protocol/hash.ts'
import type { Checker } from '../observation.ts'

/** Invariant 1: one digest per final height, over all honest nodes and followers. */
export const createAgreement = (): Checker => {
  const digests = new Map<number, { readonly digest: Hash; readonly by: string }>()
  return {
    name: 'agreement',
    see: (observation) => {
      if (observation.type !== 'final' || !observation.who.honest) return undefined
      const { header, digest } = observation.block.block
      const known = digests.get(header.height)
      if (known === undefined) digests.set(header.height, { digest, by: observation.who.name })
      if (known === undefined || known.digest === digest) return undefined
      return `height ${header.height}: ${digest} here, ${known.digest} at ${known.by}`
    },
  }
}
