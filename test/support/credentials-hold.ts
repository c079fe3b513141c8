import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { v7 } from 'uuid'
import { z } from 'zod'
import { STREAM_RECHECK_MS } from '#api/limits.ts'
import type { ClaimContext, ClaimOutcome } from '#test/claims/claim.ts'
import { type Asker, codeIn, standing, untilSaid } from './codes/answers.ts'
import { type Office, type Venues, withVenues } from './codes/venues.ts'
import type { SeenAnswer } from './contract.ts'
import { until } from './federation.ts'
import { compared, type Row } from './federation-claim.ts'
import { openFlappingReceiver } from './flapping-receiver.ts'
import { Paired, pairing, pairingOf } from './paired-till.ts'
import { newKey, type OwnKey } from './signing-client.ts'

const READ = { path: '/v1/assets' } as const
const SOON_MS = 60_000
const SHORT_MS = 5_000
/** A stream looks every so often, on a machine that may be busy. */
const STREAM_ENDS_WITHIN_MS = STREAM_RECHECK_MS + 10_000
const LIFE_SECONDS = 60

const Webhook = z.object({ webhook: z.object({ id: z.string() }) })
const State = z.object({ state: z.string(), pausedBy: z.string().optional() })
const Grants = z.object({ items: z.array(z.object({ grantee: z.string() })) })
const Pairings = z.looseObject({ pairings: z.array(z.looseObject({ expiresAtMs: z.number() })) })

/** What a credential is good for, and where and when it ends, at real nodes. */
export const credentialsHold = async ({
  directory,
  progress,
}: ClaimContext): Promise<ClaimOutcome> =>
  await withVenues(directory, {}, async (venues) => {
    const rows: Row[] = []
    for (const [what, look] of LOOKS) {
      progress(what)
      rows.push(...(await look(venues)))
    }
    return compared(rows)
  })

const said = async (ask: Promise<SeenAnswer>): Promise<string> => codeIn(await ask)

/** The code that stands, of a sale with an id of its own; 201 once it is paid. */
const paid = (by: Asker, face: object, amount: number): Promise<string> => {
  const sale = { id: v7(), payers: [face], amount }
  return said(standing(() => by.post('/v1/payments', sale))).then((code) =>
    code === '200' ? '201' : code,
  )
}

const boundedKey = async ({ blue, green }: Venues): Promise<readonly Row[]> => {
  const { face } = await blue.till.newCard('weak', 3_000)
  const caps = { transaction: 500, day: 800 }
  const { token } = await blue.newApiKey(['sale', 'read', 'grant.issue'], { caps })
  const key = blue.as(token)
  const wide = { id: v7(), till: 'wide', actions: ['cashout'] }
  const dear = { id: v7(), till: 'dear', actions: ['sale'], caps: { transaction: 501 } }
  const rows: Row[] = [
    [
      'an API key at another node',
      await said(green.as(token).get(READ.path)),
      'credential_elsewhere',
    ],
    ['a sale above its cap', await paid(key, face, 501), 'grant_cap_exceeded'],
    ['a sale of its cap', await paid(key, face, 500), '201'],
    ['a sale above its day', await paid(key, face, 301), 'grant_cap_exceeded'],
    ['a sale of what is left of its day', await paid(key, face, 300), '201'],
    [
      'a top-up by a key for sales',
      await said(key.post('/v1/topups', topUp(face))),
      'action_not_granted',
    ],
    [
      'a key of its own with another action',
      await said(key.post('/v1/api-keys', wide)),
      'grant_exceeds_parent',
    ],
    [
      'a key of its own with a higher cap',
      await said(key.post('/v1/api-keys', dear)),
      'grant_exceeds_parent',
    ],
  ]
  const short = await blue.newApiKey(['read'], { notAfter: soon(SHORT_MS) })
  const ended = untilSaid('credential_expired', SOON_MS, () => blue.as(short.token).get(READ.path))
  return [...rows, ['a key after its end', await said(ended), 'credential_expired']]
}

const topUp = (face: object) => ({ id: v7(), ...face, amount: 100 })
const soon = (ms: number): string => new Date(Date.now() + ms).toISOString()

/** With an API key ends all that goes on in its name. */
const revokedKey = async ({ blue }: Venues): Promise<readonly Row[]> => {
  const { face } = await blue.till.newCard('weak', 3_000)
  const { apiKey, token } = await blue.newApiKey(['read', 'sale'])
  const key = blue.as(token)
  const receiver = await openFlappingReceiver()
  // Money of a lease is taken by a capture.
  const order = { url: receiver.url, filter: { kinds: ['sale', 'hold.capture'] } }
  const { webhook } = Webhook.parse(await key.done('/v1/webhooks', order))
  const headers = { authorization: `Bearer ${token}` }
  const stream = await fetch(`${blue.venue.apiUrl}/v1/events`, { headers })
  const streamed = stream.text().then(
    () => 'ended',
    () => 'cut',
  )
  const before = await paid(key, face, 100)
  await until('the sale is delivered', SOON_MS, () => receiver.arrivals.length > 0)
  await blue.manager.done(`/v1/api-keys/${apiKey.id}/revoke`, {})
  const after = await said(key.get(READ.path))
  const sale = await said(key.post('/v1/payments', { id: v7(), payers: [face], amount: 100 }))
  const late = new Promise<string>((resolve) => {
    setTimeout(resolve, STREAM_ENDS_WITHIN_MS, 'open').unref()
  })
  const streamEnd = await Promise.race([streamed, late])
  const others = await paid(blue.manager, face, 100)
  const state = await until('the webhook is paused', SOON_MS, async () => {
    const { body } = await blue.manager.get(`/v1/webhooks/${webhook.id}`)
    const now = State.parse(JSON.parse(body))
    return now.state === 'enabled' ? undefined : now
  })
  receiver.close()
  return [
    ['a sale by an API key', before, '201'],
    ['a read once it is revoked', after, 'credential_revoked'],
    ['a sale once it is revoked', sale, 'credential_revoked'],
    ['its event stream', streamEnd, 'ended'],
    ['a sale by another key', others, '201'],
    ['its webhook', `${state.state} ${state.pausedBy}`, 'paused grant_ended'],
    ['deliveries', receiver.arrivals.length, 1],
  ]
}

/** A grant ends everywhere with the block that revokes it. */
const revokedGrant = async ({ blue, green }: Venues): Promise<readonly Row[]> => {
  const by = await blue.newGrantee(['read'])
  const there = () => green.signed(by, READ)()
  const known = await untilKnown(there)
  await blue.manager.done(`/v1/grants/${by.grant}/revoke`, { id: v7() })
  return [
    ['a grant at the other node', known, '200'],
    ['a grant once it is revoked', await said(blue.signed(by, READ)()), 'credential_revoked'],
    [
      'the same at the other node',
      await said(untilSaid('credential_revoked', SOON_MS, there)),
      'credential_revoked',
    ],
  ]
}

const untilKnown = (ask: () => Promise<SeenAnswer>): Promise<string> =>
  until('the other node knows the grant', SOON_MS, async () => {
    const code = await said(ask())
    return code === 'credential_unknown' ? undefined : code
  })

/** A request is good once, at the node, for the address and with the body that it was signed for, and now. */
const signedRequest = async ({ blue, green }: Venues): Promise<readonly Row[]> => {
  const by = await blue.newGrantee(['read'])
  const iat = Math.floor(Date.now() / 1_000)
  const read = (change: Parameters<Office['signed']>[2]) => said(blue.signed(by, READ, change)())
  const once = blue.signed(by, READ)
  const body = pairing('AAAA-AAAA-AAAA-AAAA')
  const otherBody = { body: JSON.stringify({ code: 'BBBB-BBBB-BBBB-BBBB' }) }
  return [
    ['a signed request', await said(once()), '200'],
    ['the same again', await said(once()), 'request_replayed'],
    ['signed for another node', await read({ aud: green.target.node }), 'credential_elsewhere'],
    ['signed for another address', await read({ path: '/v1/places' }), 'request_signature_invalid'],
    [
      'signed for another query',
      await read({ path: '/v1/assets?limit=1' }),
      'request_signature_invalid',
    ],
    ['signed for another method', await read({ method: 'POST' }), 'request_signature_invalid'],
    [
      'signed with another body',
      await said(blue.signed(newKey(), body, otherBody)()),
      'request_signature_invalid',
    ],
    [
      'signed two minutes ago',
      await read({ iat: iat - 120, exp: iat - 60 }),
      'request_signature_expired',
    ],
    ['signed for two minutes', await read({ exp: iat + 120 }), 'request_signature_expired'],
    [
      'signed in a minute',
      await read({ iat: iat + 60, exp: iat + 90 }),
      'request_signature_expired',
    ],
    [
      'signed by a key that nobody knows',
      await said(blue.signed(newKey(), READ)()),
      'credential_unknown',
    ],
  ]
}

const REFUSED: ReadonlySet<string> = new Set([
  'node_starting',
  'request_replayed',
  'request_signature_expired',
])

/** A node that forgot what it heard hears nothing that it may have heard. */
const replayedAfter =
  (how: 'kill' | 'stop') =>
  async ({ federation, blue }: Venues): Promise<readonly Row[]> => {
    const { name } = blue.venue
    const by = await blue.newGrantee(['read'])
    const iat = Math.floor(Date.now() / 1_000)
    const once = blue.signed(by, READ, { iat, exp: iat + LIFE_SECONDS })
    const first = await said(once())
    if (how === 'kill') await federation.kill(name)
    await federation.restart(name)
    const again = await said(once())
    return [
      [`a signed request before a ${how}`, first, '200'],
      [`the same after a ${how}: ${again}`, REFUSED.has(again), true],
      [`a new one after a ${how}`, await said(standing(() => blue.signed(by, READ)())), '200'],
    ]
  }

/** A code is one grant, of the key that shows it first. */
const pairingCode = async ({ federation, blue }: Venues): Promise<readonly Row[]> => {
  const [first, second, late] = [newKey(), newKey(), newKey()]
  const { code } = await pairingOf(blue.venue, 'tablet')
  const show = (key: OwnKey, shown = code) => standing(() => blue.signed(key, pairing(shown))())
  const raced = await Promise.all([show(first), show(second), show(first), show(second)])
  const grants = raced.flatMap(({ status, body }) =>
    status < 300 ? [Paired.parse(JSON.parse(body)).grant] : [],
  )
  const refusals = raced.map(codeIn).filter((each) => !each.startsWith('2'))
  const owner = codeIn(raced[0] ?? (await show(first))).startsWith('2') ? first : second
  const issued = await grantees(blue)
  const unused = await pairingOf(blue.venue, 'phone')
  await federation.kill(blue.venue.name)
  await expirePairings(blue)
  await federation.restart(blue.venue.name)
  const again = await show(owner)
  return [
    ['grants of a code that two tills race for', new Set(grants).size, 1],
    ['answers to the till that lost', refusals.join(' '), 'pairing_spent pairing_spent'],
    ['grants on the ledger', issued.filter(isOneOf([first, second])).length, 1],
    ['the code shown by a third till', codeIn(await show(late)), 'pairing_spent'],
    [
      'the code after its end, by its till',
      Paired.parse(JSON.parse(again.body)).grant,
      grants[0] ?? '',
    ],
    ['a code that nobody used in time', codeIn(await show(late, unused.code)), 'pairing_expired'],
    ['a code that nobody made', codeIn(await show(late, 'AAAA-AAAA-AAAA-AAAA')), 'pairing_unknown'],
    ['grants of the third till', (await grantees(blue)).filter(isOneOf([late])).length, 0],
  ]
}

const isOneOf =
  (keys: readonly OwnKey[]) =>
  (grantee: string): boolean =>
    keys.some(({ signerKey }) => signerKey === grantee)

const grantees = async ({ manager }: Office): Promise<readonly string[]> =>
  Grants.parse(JSON.parse((await manager.get('/v1/grants?limit=200')).body)).items.map(
    ({ grantee }) => grantee,
  )

/** As if ten minutes had passed while the node was down: its file says so. */
const expirePairings = async ({ venue }: Office): Promise<void> => {
  const file = join(venue.directory, 'data', 'pairings.json')
  const kept = Pairings.parse(JSON.parse(await readFile(file, 'utf8')))
  const pairings = kept.pairings.map((each) => ({ ...each, expiresAtMs: Date.now() - 1 }))
  await writeFile(file, JSON.stringify({ ...kept, pairings }))
}

const LOOKS: readonly (readonly [string, (venues: Venues) => Promise<readonly Row[]>])[] = [
  ['an API key never exceeds its grant', boundedKey],
  ['an API key that is revoked', revokedKey],
  ['a grant that is revoked', revokedGrant],
  ['signed requests', signedRequest],
  ['signed requests over a kill', replayedAfter('kill')],
  ['signed requests over a stop', replayedAfter('stop')],
  ['pairing codes', pairingCode],
]
