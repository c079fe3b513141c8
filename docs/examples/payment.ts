/*
 * A till in TypeScript: one payment, a crash, and the truth afterwards.
 *
 * payment.ts sell     a card, a top-up, a payment, its proven receipt; then one that the till does not survive
 * payment.ts resume   the next start of that till: what became of it
 * payment.ts key      the till's own key, to be granted rights
 * payment.ts sign     a payment that the till signs itself
 *
 * KERMESSE_URL, KERMESSE_KEY: what `npm start` prints. KERMESSE_GENESIS: the file of whom you trust.
 * To sign: KERMESSE_NETWORK, KERMESSE_NODE, KERMESSE_PLACE, KERMESSE_GRANT.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { argv, env, kill, pid } from 'node:process'
import {
  apiKey,
  type Outcome,
  openFileJournal,
  openTill,
  signedRequests,
  signerOfSeed,
} from 'kermesse/client'
import { openVerifier } from 'kermesse/verifier'

const open = async (fetching: typeof fetch = fetch) =>
  await openTill({
    url: env['KERMESSE_URL'] ?? 'http://localhost:4101',
    credential: apiKey(env['KERMESSE_KEY'] ?? ''),
    journal: await openFileJournal('journal'),
    verifier: openVerifier(readFileSync(env['KERMESSE_GENESIS'] ?? '', 'utf8')),
    world: { fetch: (url, request) => fetching(url, request) },
  })

const say = (what: string, outcome: Outcome): void => {
  const why = outcome.status === 'refused' ? ` ${outcome.code}` : ''
  console.log(`${what} ${outcome.status}${why}`)
}

const sell = async (): Promise<void> => {
  const tag = `04${randomBytes(6).toString('hex')}`
  const till = await open()
  say('card', await till.registerCard({ tag, activate: true }))
  say('top-up', await till.topUp({ tag, amount: 2_000 }))
  const paid = await till.pay({ payers: [{ tag }], amount: 650 })
  say('payment', paid)
  const { proof } = await till.provenReceipt(paid.id)
  console.log(`proven ${proof.outcome} at ${proof.height}`)
  await till.close()
  // The power fails while the second customer pays: the request is out, the answer never seen.
  const dying = await open(async (url, request) => {
    await fetch(url, request)
    kill(pid, 'SIGKILL')
    return await new Promise<never>(() => undefined)
  })
  await dying.pay({ payers: [{ tag }], amount: 100 })
}

const resume = async (): Promise<void> => {
  const till = await open()
  const { settled } = await till.started
  for (const outcome of settled) say(`resolved ${outcome.id}`, outcome)
  await till.close()
}

const ownSigner = () => {
  if (!existsSync('till.seed')) writeFileSync('till.seed', randomBytes(32), { mode: 0o600 })
  return signerOfSeed(readFileSync('till.seed'), {
    network: env['KERMESSE_NETWORK'] ?? '',
    place: env['KERMESSE_PLACE'] ?? '',
    grant: env['KERMESSE_GRANT'] ?? '',
  })
}

const sign = async (card: string): Promise<void> => {
  const signer = ownSigner()
  const till = await openTill({
    url: env['KERMESSE_URL'] ?? 'http://localhost:4101',
    signer,
    // Reading needs a credential too: the same key, for this node alone.
    credential: signedRequests(signer, env['KERMESSE_NODE'] ?? ''),
    journal: await openFileJournal('signed'),
    verifier: openVerifier(readFileSync(env['KERMESSE_GENESIS'] ?? '', 'utf8')),
  })
  const paid = await till.pay({ payers: [{ card }], amount: 650 })
  say('signed', paid)
  const { proof } = await till.provenReceipt(paid.id)
  console.log(`proven ${proof.outcome} at ${proof.height}`)
  await till.close()
}

const [command = 'sell', card = ''] = argv.slice(2)
if (command === 'sell') await sell()
else if (command === 'resume') await resume()
else if (command === 'key') console.log(ownSigner().key)
else await sign(card)
