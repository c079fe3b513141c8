import { apiKey } from '#api/client/credential.ts'
import { openFileJournal } from '#api/client/file-journal.ts'
import type { JournalStore } from '#api/client/journal.ts'
import { openTill } from '#api/client/till.ts'

/** Where a till kills itself, exactly there, with SIGKILL. */
export const TILL_DEATHS = [
  'before it writes the payment down',
  'before it sends the payment',
  'after it sent the payment',
  'before it writes the outcome down',
] as const

/** What a till is told at its start. */
export type TillErrand = {
  readonly url: string
  readonly key: string
  /** Where its journal is. */
  readonly directory: string
  readonly id: string
  readonly secret: string
  readonly amount: number
  readonly death?: string
}

const die = (at: (typeof TILL_DEATHS)[number], { death }: TillErrand): void => {
  if (at === death) process.kill(process.pid, 'SIGKILL')
}

/** Takes one payment as any till would, and says what it came to; or dies at its point. */
const main = async (errand: TillErrand): Promise<void> => {
  const { url, key, directory, id, secret, amount } = errand
  const store = await openFileJournal(directory)
  const journal: JournalStore = {
    ...store,
    put: async (name, text) => {
      const isOutcome = text.startsWith('{"outcome"')
      die(
        isOutcome ? 'before it writes the outcome down' : 'before it writes the payment down',
        errand,
      )
      await store.put(name, text)
      if (!isOutcome) die('before it sends the payment', errand)
    },
  }
  const world = {
    fetch: async (address: string, request: RequestInit): Promise<Response> => {
      const answering = fetch(address, request)
      if (isPayment(address, request) && errand.death === 'after it sent the payment') {
        // It is at the proxy, which goes on with it by itself.
        await fetch(new URL('/sent', address))
        die('after it sent the payment', errand)
      }
      return await answering
    },
  }
  const till = await openTill({ url, journal, credential: apiKey(key), world })
  await till.started
  const outcome = await till.pay({ id, payers: [{ secret }], amount })
  process.stdout.write(`${outcome.status}\n`)
  await till.close()
}

const isPayment = (address: string, { method }: RequestInit): boolean =>
  method === 'POST' && new URL(address).pathname === '/v1/payments'

if (import.meta.main) await main(JSON.parse(process.argv[2] ?? ''))
