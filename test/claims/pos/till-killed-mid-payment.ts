import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { v7 } from 'uuid'
import { apiKey } from '#api/client/credential.ts'
import { openFileJournal } from '#api/client/file-journal.ts'
import { openTill } from '#api/client/till.ts'
import type { RunningVenue } from '#scripts/federation/local-federation.ts'
import { DEATHS, type Death } from '#test/api/client/deaths.ts'
import type { Claim } from '#test/claims/claim.ts'
import { venueOf, withFederation } from '../../support/federation.ts'
import { compared, type Row } from '../../support/federation-claim.ts'
import { ROOT } from '../../support/federation-command.ts'
import { FederationTill, type NewCard, saidBy } from '../../support/federation-till.ts'

const ROUNDS = 8
const PRICE = 10
const FUNDS = 5_000

export const claim: Claim = {
  area: 'pos',
  name: 'till-killed-mid-payment',
  bound: `a till of its own process, killed at each of ${DEATHS.length} points × ${ROUNDS}: charged 0 or 1 times, and its next start says what the ledger says`,
  short: false,
  timeoutMs: 240_000,
  run: async ({ directory, progress }) =>
    await withFederation(join(directory, 'federation'), async (federation) => {
      const venue = venueOf(federation, 0)
      const till = new FederationTill(venue)
      const rows: Row[] = []
      let charges = 0
      const card = await till.newCard('weak', FUNDS)
      for (const death of DEATHS) {
        for (let round = 1; round <= ROUNDS; round++) {
          progress(`${death} ${round}`)
          const folder = join(directory, `${death}-${round}`)
          const id = v7()
          const told = await dieAndReturn({ venue, folder, id, death, card })
          const truth = saidBy(await till.outcome(id))
          rows.push([`${death} ${round}`, told, truth === 'record_unknown' ? 'nothing' : truth])
          if (truth === 'applied') charges += 1
        }
      }
      rows.push(['charged', FUNDS - (await till.balance(card.id)), charges * PRICE])
      till.close()
      return compared(rows)
    }),
}

type Dying = {
  readonly venue: RunningVenue
  readonly folder: string
  readonly id: string
  readonly death: Death
  readonly card: NewCard
}

/** What the till says of the payment after its next start; `nothing` when it had not begun. */
const dieAndReturn = async ({ venue, folder, id, death, card }: Dying): Promise<string> => {
  const { apiUrl: url, apiKey: key } = venue
  const script = join(ROOT, 'test/api/client/killed-till.ts')
  const words = [script, url, folder, id, death, key, JSON.stringify(card.face), String(PRICE)]
  const child = spawn(process.execPath, words, { stdio: 'inherit' })
  const [, signal] = await once(child, 'exit')
  if (signal !== 'SIGKILL') throw new Error(`the till was not killed ${death}`)
  const journal = await openFileJournal(folder)
  const till = await openTill({ url, journal, credential: apiKey(key) })
  try {
    const { settled, open } = await till.started
    if (open.length > 0) return `open: ${open[0]?.error.code}`
    const [outcome] = settled
    // What was written down as told needs no question.
    return (
      outcome?.status ??
      (await till.outcome(id).then(
        ({ status }) => status,
        () => 'nothing',
      ))
    )
  } finally {
    await till.close()
  }
}
