import { PairingTerms } from '../../pairing/pairing-store.ts'
import { defineCommand, done, failure } from '../command.ts'
import { ownPlace } from '../own-place.ts'
import { TILL_ACTIONS } from './till.ts'

const PairOrder = PairingTerms.extend({
  actions: PairingTerms.shape.actions.default([...TILL_ACTIONS]),
  caps: PairingTerms.shape.caps.default({}),
})

/**
 * A one-time code for a till that makes its own key. `pairing` holds all that the till needs in one
 * text: where the node is, who it is, by which certificate it is known, and the code.
 */
export const pairTill = defineCommand(PairOrder, async (terms, operations) => {
  const own = ownPlace(operations)
  if (!own.ok) return own
  const { peerId, apiUrl, tlsFingerprint } = operations.addresses()
  if (apiUrl === undefined) return failure('not_ready', 'api_closed', 'the API is not open yet')
  const made = await operations.pairings.create(terms)
  if (made === undefined) return EXHAUSTED
  const { code, expiresAtMs } = made
  return done({
    till: terms.till,
    place: own.place.id,
    code,
    expiresAt: new Date(expiresAtMs).toISOString(),
    url: apiUrl,
    node: peerId,
    ...(tlsFingerprint !== undefined && { fingerprint: tlsFingerprint }),
    pairing: pairingText({ url: apiUrl, node: peerId, code, fingerprint: tlsFingerprint }),
  })
})

const EXHAUSTED = failure(
  'failed',
  'pairings_exhausted',
  'as many tills as may have been paired within a day, or wait to be',
  'wait until codes have ended, or give the till an API key: kermesse till add',
)

const pairingText = ({
  fingerprint,
  ...known
}: {
  readonly url: string
  readonly node: string
  readonly code: string
  readonly fingerprint: string | undefined
}): string => {
  const parameters = new URLSearchParams({ ...known, ...(fingerprint && { fingerprint }) })
  return `kermesse:pair?${parameters}`
}
