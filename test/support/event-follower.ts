import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

/** One event as a stream told it. */
export type Followed = {
  readonly id: string
  readonly event: string
  readonly data: z.infer<typeof Data>
}

const Data = z.object({
  id: z.string().optional(),
  status: z.string().optional(),
  kind: z.string().optional(),
  height: z.number(),
})

export type Stream = { readonly apiUrl: string; readonly apiKey: string; readonly after: string }

const DOWN_PAUSE_MS = 20
const NOT_YET = 503

/**
 * A client of the event stream that keeps what it has dealt with and the cursor of that, as one does
 * that writes both down: each reading is a connection of its own, cut off without a word.
 */
export class EventFollower {
  readonly events: Followed[] = []
  readonly #stream: Stream
  #last: string
  cuts = 0
  refusals = 0

  constructor(stream: Stream) {
    this.#stream = stream
    this.#last = stream.after
  }

  /** Reads on until something is enough, through as many cuts by the node as there are. */
  async read(isEnough: (taken: readonly Followed[]) => boolean, endMs: number): Promise<void> {
    const from = this.events.length
    for (;;) {
      const isDone = await this.#connect(() => isEnough(this.events.slice(from)))
      if (isDone) return
      if (performance.now() > endMs) throw new Error(`the stream stands at ${this.#last}`)
      this.cuts += 1
      await sleep(DOWN_PAUSE_MS)
    }
  }

  /** One connection; whether it was enough, or else the node cut it or is not there. */
  #connect(isEnough: () => boolean): Promise<boolean> {
    const { apiUrl, apiKey } = this.#stream
    const headers = { authorization: `Bearer ${apiKey}`, 'last-event-id': this.#last }
    return new Promise((resolve) => {
      const request = get(`${apiUrl}/v1/events`, { headers, agent: false }, (response) => {
        if (response.statusCode !== 200) {
          // Between its port and its ledger a node says 503; it says nothing else to this client.
          if (response.statusCode !== NOT_YET) this.refusals += 1
          request.destroy()
          return
        }
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => {
          const frames = (text + chunk).split('\n\n')
          text = frames.pop() ?? ''
          for (const frame of frames) {
            this.#take(frame)
            if (!isEnough()) continue
            // What came beside it is lost with the connection.
            resolve(true)
            request.destroy()
            return
          }
        })
      })
      request.on('error', () => undefined).on('close', () => resolve(false))
    })
  }

  /** The HTML Living Standard's way, as far as this stream goes. */
  #take(frame: string): void {
    const fields = new Map(
      frame.split('\n').map((line): [string, string] => {
        const [name = '', ...rest] = line.split(': ')
        return [name, rest.join(': ')]
      }),
    )
    const id = fields.get('id')
    // What has no id is no event of the ledger.
    if (id === undefined) return
    this.#last = id
    const data = fields.get('data')
    if (data === undefined) return
    this.events.push({ id, event: fields.get('event') ?? '', data: Data.parse(JSON.parse(data)) })
  }
}

/** Everything after a cursor up to the end of a block, in one piece. */
export const followed = async (
  stream: Stream,
  height: number,
  endMs: number,
): Promise<EventFollower> => {
  const follower = new EventFollower(stream)
  await follower.read((taken) => endsBlock(taken, height), endMs)
  return follower
}

export const endsBlock = (taken: readonly Followed[], height: number): boolean => {
  const last = taken.at(-1)
  return last?.event === 'block' && last.data.height >= height
}
