import type { App } from '#api/app.ts'
import type { Entry, Events } from '#api/ports/events.ts'
import type { Position } from '#api/ports/ledger.ts'
import { event, fakeLedger, TIME_MS } from './fake-ports.ts'
import { AUTHORIZED } from './open-server.ts'

const above = (entry: Position, after: Position): boolean =>
  entry.height > after.height || (entry.height === after.height && entry.index > after.index)

export const positionOf = (entry: Entry): Position => (entry.kind === 'block' ? entry : entry.event)

/** A durable stream that a test extends; small pages, so that resuming and paging meet. */
export const openStream = (page = 2) => {
  const entries: Entry[] = []
  let wake = Promise.withResolvers<void>()
  const head = () => positionOf(entries.at(-1) ?? blockEntry(0)).height
  const events: Events = {
    after: async ({ after }) => {
      const rest = entries.filter((entry) => above(positionOf(entry), after))
      const shown = rest.slice(0, page)
      const last = shown.at(-1)
      return {
        entries: shown,
        next: last === undefined ? after : positionOf(last),
        more: rest.length > page,
      }
    },
    reach: async (height, signal) => {
      while (head() < height) {
        const aborted = Promise.withResolvers<never>()
        signal.addEventListener('abort', () => aborted.reject(signal.reason), { once: true })
        await Promise.race([wake.promise, aborted.promise])
      }
    },
  }
  const append = (...more: Entry[]) => {
    entries.push(...more)
    wake.resolve()
    wake = Promise.withResolvers()
  }
  return { events, append, ledger: fakeLedger({ head: () => ({ height: head(), timeMs: 0 }) }) }
}

export const blockEntry = (height: number): Entry => ({
  kind: 'block',
  height,
  index: 1_000_000,
  timeMs: TIME_MS,
  transactions: 2,
})
export const saleEntry = (height: number, index: number): Entry => ({
  kind: 'transaction',
  event: event({ height, index }),
})
export const blockOf = (height: number): Entry[] => [
  saleEntry(height, 0),
  saleEntry(height, 1),
  blockEntry(height),
]

export const listen = (app: App): Promise<string> => app.listen({ host: '127.0.0.1', port: 0 })

/** Opens a stream; `take` reads its first events and goes away. */
export const openEvents = async (url: string, headers: Record<string, string> = {}) => {
  const leaving = new AbortController()
  const { signal } = leaving
  const response = await fetch(url, { headers: { ...AUTHORIZED, ...headers }, signal })
  const take = async (count: number) => {
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      if (framesIn(text).length >= count) break
    }
    leaving.abort()
    return framesIn(text).slice(0, count).map(parse)
  }
  return { take }
}

export const read = async (url: string, count: number, headers: Record<string, string> = {}) =>
  (await openEvents(url, headers)).take(count)

/** Whole events: the end of the text may be half of one, and what begins with a comment is none. */
export const framesIn = (text: string): readonly string[] =>
  text
    .split('\n\n')
    .slice(0, -1)
    .filter((frame) => frame.startsWith('id: '))

const parse = (frame: string) => {
  const [id = '', kind = '', data = ''] = frame.split('\n')
  return {
    id: id.slice('id: '.length),
    event: kind.slice('event: '.length),
    data: JSON.parse(data.slice('data: '.length)),
  }
}
