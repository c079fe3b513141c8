import { apiKey } from '#api/client/credential.ts'
import { openFileJournal } from '#api/client/file-journal.ts'
import type { JournalStore } from '#api/client/journal.ts'
import { openTill } from '#api/client/till.ts'
import type { Death } from './deaths.ts'

const [url = '', directory = '', id = '', death = '', ...more] = process.argv.slice(2)
/** What differs before a real node: its key, a card of it, and how much. */
const [key = 'krm_live_x', face = '{"tag":"04FEEDBEEF77AA"}', amount = '650'] = more

const die = (at: Death): void => {
  if (at === death) process.kill(process.pid, 'SIGKILL')
}

const main = async (): Promise<void> => {
  const store = await openFileJournal(directory)
  const journal: JournalStore = {
    ...store,
    put: async (key, text) => {
      const isTold = text.startsWith('{"outcome"')
      die(isTold ? 'told_unwritten' : 'before_journal')
      await store.put(key, text)
      die(isTold ? 'told_written' : 'after_journal')
    },
  }
  const world = {
    fetch: async (address: string, request: RequestInit): Promise<Response> => {
      const answering = fetch(address, request)
      if (death === 'request_sent') await waitUntilHeard(address)
      die('request_sent')
      const answer = await answering
      die('answer_come')
      return answer
    },
  }
  const till = await openTill({ url, journal, credential: apiKey(key), world })
  await till.pay({ id, payers: [JSON.parse(face)], amount: Number(amount) })
}

/** The server says when it has the request. */
const waitUntilHeard = async (address: string): Promise<void> => {
  await fetch(new URL('/heard', address))
}

await main()
