import { v7 } from 'uuid'
import { FAULTS_MAX } from '#node/network/limits.ts'
import { usageOf } from '#scripts/bench/machine/process-usage.ts'
import type { LocalFederation } from '#scripts/federation/local-federation.ts'
import { allReach } from '#scripts/festival/heights.ts'
import { pause, settleOrder } from '#scripts/festival/verdict.ts'
import type { Claim } from '#test/claims/claim.ts'
import { heightsOf, nodesOf, venueOf, withFederation } from '../../support/federation.ts'
import { compared, type Row } from '../../support/federation-claim.ts'
import { joinVenue, networkSeedIn } from '../../support/federation-peer.ts'
import { openSigner } from '../../support/federation-signer.ts'
import { FederationTill, type NewCard } from '../../support/federation-till.ts'
import { fuzzHttp, fuzzSockets, mutated } from '../../support/fuzz-doors.ts'
import { gossipAt, misbehaveAt, misdeedsOf, talkNonsenseAt } from '../../support/fuzz-peers.ts'

const GROWN_MAX_BYTES = 256 * 1_048_576
const FUNDS = 20_000
const PAYMENT_PAUSE_MS = 100
/** The one member of four that may be bad. */
const BAD_MEMBER = 'authority-4'

export const claim: Claim = {
  area: 'main',
  name: 'fuzz-does-no-harm',
  bound:
    'random bytes, oversized and malformed requests, frames and gossip at each door of each node: all refused and counted, payments go on',
  short: true,
  run: async ({ directory, progress }) =>
    await withFederation(directory, async (federation) => {
      const tills = [0, 1].map((index) => new FederationTill(venueOf(federation, index)))
      const rows: Row[] = []
      const before = nodesOf(federation).map((node) => ({ ...node, ...usageOf(node.pid) }))
      const customers = await Promise.all(
        tills.map(async (till) => ({ till, card: await till.newCard('secret', FUNDS) })),
      )
      const phases: readonly Phase[] = [
        ['requests', () => fuzzRequests(federation, tills)],
        ['random bytes', () => fuzzSockets(federation)],
        ['venues that break the rules', () => fuzzAsVenues(federation, tills)],
        [
          'a member that talks nonsense',
          async () => {
            await federation.kill(BAD_MEMBER)
            const seen = await fuzzAsMember(federation)
            await federation.restart(BAD_MEMBER)
            return seen
          },
        ],
        ['nothing more', async () => []],
      ]
      for (const [name, act] of phases) {
        progress(name)
        rows.push(...(await whilePaying(customers, name, act)))
      }
      for (const { name, pid, resident } of before) {
        if (name === BAD_MEMBER) continue
        const grown = usageOf(pid).resident - resident
        rows.push([`${name} grew by ${grown} bytes`, grown < GROWN_MAX_BYTES, true])
      }
      for (const till of tills) till.close()
      await allReach(
        federation,
        Math.max(...[...(await heightsOf(federation)).values()].map(Number)),
      )
      return compared(rows)
    }),
}

type Phase = readonly [name: string, act: () => Promise<readonly Row[]>]
type Customer = { readonly till: FederationTill; readonly card: NewCard }

/** Each customer pays again and again meanwhile, and once more after it; every payment is applied. */
const whilePaying = async (
  customers: readonly Customer[],
  name: string,
  act: () => Promise<readonly Row[]>,
): Promise<readonly Row[]> => {
  let acting = true
  const paying = customers.map(async (customer) => {
    const before = await customer.till.balance(customer.card.id)
    let payments = 0
    for (let isLast = false; !isLast; payments += 1) {
      isLast = !acting
      await payOne(customer)
      await pause(PAYMENT_PAUSE_MS)
    }
    const paid = before - (await customer.till.balance(customer.card.id))
    return { payments, paid }
  })
  const rows = await act().finally(() => {
    acting = false
  })
  const paid = await Promise.all(paying)
  return [
    ...rows,
    ...paid.map(
      ({ payments, paid }, index): Row => [
        `payments at venue ${index + 1}, ${name}`,
        paid,
        payments,
      ],
    ),
  ]
}

const payOne = async ({ till, card }: Customer): Promise<void> => {
  const id = v7()
  const body = { id, payers: [card.face], amount: 1 }
  const verdict = await settleOrder(till.client, { path: '/v1/payments', id, body })
  if (verdict.status !== 'applied') throw new Error(`a payment is ${JSON.stringify(verdict)}`)
}

const fuzzRequests = async (
  federation: LocalFederation,
  tills: readonly FederationTill[],
): Promise<readonly Row[]> => {
  const [till] = tills
  const signer = await openSigner(federation, venueOf(federation, 0))
  const card = await till?.newCard('weak', 0)
  return await fuzzHttp(federation, { tills, signer, card: card?.id ?? '' })
}

const FORGED = FAULTS_MAX

/** Venues that joined as any other and turned bad: each misdeed under an identity of its own. */
const fuzzAsVenues = async (
  federation: LocalFederation,
  [till]: readonly FederationTill[],
): Promise<readonly Row[]> => {
  const signer = await openSigner(federation, venueOf(federation, 0))
  const card = await till?.newCard('weak', 0)
  const forged = Array.from({ length: FORGED }, () =>
    mutated(signer.sale({ card: card?.id ?? '', amount: 1 })),
  )
  const rows: Row[] = []
  for (const [at, misdeed] of misdeedsOf(forged).entries()) {
    const seed = await joinVenue(federation, `bad-venue-${at + 1}`)
    const seen = nodesOf(federation).map(({ name }) =>
      misbehaveAt(federation, name, { misdeed, seed }),
    )
    rows.push(...(await Promise.all(seen)).flat())
  }
  const seed = await joinVenue(federation, 'bad-gossip')
  const heard = federation
    .authorities()
    .map(({ name }) => gossipAt(federation, name, { seed, topics: ['transactions'] }))
  return [...rows, ...(await Promise.all(heard)).flat()]
}

/** What a member of the set can do that venues believe and other members listen to. */
const fuzzAsMember = async (federation: LocalFederation): Promise<readonly Row[]> => {
  const seed = await networkSeedIn(`${federation.directory}/${BAD_MEMBER}`)
  const others = federation.authorities().filter(({ name }) => name !== BAD_MEMBER)
  const rows = await Promise.all([
    ...federation.venues().map(({ name }) => gossipAt(federation, name, { seed, topics: HEARD })),
    ...others.map(({ name }) => talkNonsenseAt(federation, name, seed)),
  ])
  return rows.flat()
}

/** What venues hear of members of the set without asking. */
const HEARD = ['blocks', 'votes', 'status'] as const
