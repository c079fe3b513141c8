import type { BlockCertificate, Certificate } from '#protocol/chain/certificate.ts'
import type { Checker } from '../observation.ts'

type ViewCertificates = {
  notarization?: BlockCertificate
  finalization?: BlockCertificate
  nullified: boolean
}

/**
 * Invariants 3, 4 and 5: beside a finalization of a view no nullification and no other notarization,
 * never two notarizations of one view, and no finalization without its notarization.
 */
export const createQuorums = (): Checker => {
  const views = new Map<string, ViewCertificates>()

  const add = (certificate: Certificate): string | undefined => {
    const { epoch, view } = certificate
    const place = `${epoch}/${view}`
    const held = views.get(place) ?? { nullified: false }
    views.set(place, held)
    if (certificate.kind === 'nullify') held.nullified = true
    else if (certificate.kind === 'notarize') {
      if (differ(held.notarization, certificate)) return `two notarizations of view ${view}`
      held.notarization = certificate
    } else {
      if (differ(held.finalization, certificate)) return `two finalizations of view ${view}`
      held.finalization = certificate
    }
    return contradiction(held, view)
  }

  return {
    name: 'quorums',
    see: (observation) =>
      observation.type === 'certificate' ? add(observation.certificate) : undefined,
  }
}

const differ = (a: BlockCertificate | undefined, b: BlockCertificate): boolean =>
  a !== undefined && (a.digest !== b.digest || a.parentView !== b.parentView)

const contradiction = (held: ViewCertificates, view: number): string | undefined => {
  const { notarization, finalization, nullified } = held
  if (finalization === undefined) return undefined
  if (nullified) return `view ${view} is final and nullified`
  if (notarization === undefined) return `view ${view} is final without a notarization`
  return differ(notarization, finalization) ? `view ${view}: final beside another block` : undefined
}
