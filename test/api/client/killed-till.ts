import { apiKey } from '#api/client/credential.ts'
import { openFileJournal } from '#api/client/file-journal.ts'
import type { JournalStore } from '#api/client/journal.ts'
import { openTill } from '#api/client/till.ts'

/** Where a till of its own process is killed: with SIGKILL, by its own hand, so that it is exact. */
export const DEATHS = [
  'before_journal',
  'after_journal',
  'request_sent',
  'answer_come',
  'told_unwritten',
  'told_written',
] as const
export type Death = (typeof DEATHS)[number]

const [url = '', directory = '', id = '', death = ''] = process.argv.slice(2)

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
  const till = await openTill({ url, journal, credential: apiKey('krm_live_x'), world })
  await till.pay({ id, payers: [{ tag: '04FEEDBEEF77AA' }], amount: 650 })
}

/** The server says when it has the request. */
const waitUntilHeard = async (address: string): Promise<void> => {
  await fetch(new URL('/heard', address))
}

if (url !== '') await main()
