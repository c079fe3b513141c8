import { v7 } from 'uuid'
import { LEASE_AMOUNT } from '#scripts/federation/leasing.ts'
import { until } from '../federation.ts'
import { type NewCard, newTag } from '../federation-till.ts'
import type { CodeRow } from './answers.ts'
import type { Venues } from './venues.ts'

const SOON_MS = 60_000
const FUNDS = 5_000
/** Longest life of a signed request: a start takes less. */
const LIFE_SECONDS = 60

/** What is left once the only authority is gone: one venue with the lease of a card, one without any. */
export type Stopped = Venues & { readonly leased: NewCard }

/** Ends the authority, once the first venue has a lease; resolves when both venues have noticed. */
export const stopLedger = async (venues: Venues): Promise<Stopped> => {
  const { federation, blue, green } = venues
  const leased = await blue.till.newCard('weak', FUNDS)
  await until('a lease of the card', SOON_MS, async () => {
    const holds = await blue.manager.get(`/v1/holds?status=open&card=${leased.id}`)
    return holds.body.includes('"lease"')
  })
  for (const { name } of federation.authorities()) await federation.kill(name)
  await until('the first venue sells from leases', SOON_MS, async () =>
    (await blue.stranger.get('/readyz')).body.includes('"leases_only"'),
  )
  await until('the second venue notices', SOON_MS, async () => {
    const { status } = await green.stranger.get('/readyz')
    return status === 503
  })
  return { ...venues, leased }
}

const sale = (face: NewCard['face'], amount: number) => ({ id: v7(), payers: [face], amount })

/** Venues without a ledger. */
export const STOPPED_CODES: readonly CodeRow<Stopped>[] = [
  {
    code: 'ledger_required',
    how: 'a top-up where only leases are left',
    heard: ({ blue, leased }) =>
      blue.manager.post('/v1/topups', { id: v7(), ...leased.face, amount: 100 }),
  },
  {
    code: 'lease_missing',
    how: 'a sale by a card of which nothing is reserved',
    heard: ({ blue }) => blue.manager.post('/v1/payments', sale({ tag: newTag() }, 100)),
  },
  {
    code: 'lease_insufficient',
    how: 'a sale of more than is reserved',
    heard: ({ blue, leased }) =>
      blue.manager.post('/v1/payments', sale(leased.face, LEASE_AMOUNT + 1)),
  },
  {
    code: 'not_ready',
    how: 'whether a venue without leases can take a payment',
    heard: ({ green }) => green.stranger.get('/readyz'),
  },
  {
    code: 'node_blocked',
    how: 'a sale at a venue without leases',
    heard: ({ green }) => green.manager.post('/v1/payments', sale({ tag: newTag() }, 100)),
  },
]

/** A venue that is killed, once all else was asked of it. */
export const STARTING_CODES: readonly CodeRow<Venues>[] = [
  {
    code: 'node_starting',
    how: 'a request signed before the node was killed, which it may have heard',
    heard: async ({ federation, green }) => {
      const by = await green.newGrantee(['read'])
      const iat = Math.floor(Date.now() / 1_000)
      const send = green.signed(by, { path: '/v1/assets' }, { iat, exp: iat + LIFE_SECONDS })
      await federation.kill(green.venue.name)
      await federation.restart(green.venue.name)
      return await send()
    },
  },
]
