import { clientError } from './error.ts'
import { STREAM_BLOCK_CHARACTERS_MAX } from './limits.ts'

/** One block of a stream (HTML Living Standard §9.2.6). */
export type Frame = { readonly id?: string; readonly event?: string; readonly data?: string }

/** Reads frames out of a text that comes in pieces cut anywhere. */
export class FrameReader {
  #rest = ''
  #frame: { id?: string; event?: string; data?: string } = {}

  #take(line: string): void {
    const colon = line.indexOf(':')
    // A comment only keeps the connection.
    if (colon === 0) return
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'id') this.#frame.id = value
    if (name === 'event') this.#frame.event = value
    if (name !== 'data') return
    const { data } = this.#frame
    this.#frame.data = data === undefined ? value : `${data}\n${value}`
  }

  *read(text: string): Generator<Frame, void, undefined> {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    if (this.#rest.length > STREAM_BLOCK_CHARACTERS_MAX) {
      throw clientError('answer_unreadable', { retryable: false, detail: 'an endless line' })
    }
    for (const line of lines) {
      if (line.replace(/\r$/, '') === '') {
        const frame = this.#frame
        this.#frame = {}
        yield frame
      } else this.#take(line.replace(/\r$/, ''))
    }
  }
}
