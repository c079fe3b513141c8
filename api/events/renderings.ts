import { RENDERING_BYTES_MAX, RENDERINGS_MAX, STREAM_CHUNK_BYTES } from '../limits.ts'
import type { Entry, EventPage } from '../ports/events.ts'
import { type EventFilter, filterKey, shows } from './filter.ts'
import { frameOf } from './frame.ts'

type Rendering = {
  readonly page: EventPage
  readonly filter: string
  readonly chunks: readonly Buffer[]
}

/** Pages as the bytes that streams are sent: streams that stand at one place share them. */
export class Renderings {
  readonly #kept: Rendering[] = []

  of(page: EventPage, filter: EventFilter): Iterable<Buffer> {
    const key = filterKey(filter)
    const known = this.#kept.find((kept) => kept.page === page && kept.filter === key)
    if (known !== undefined) return known.chunks
    const rest = chunksOf(page.entries.filter((entry) => shows(filter, entry)))
    const chunks: Buffer[] = []
    let bytes = 0
    for (let next = rest.next(); next.done !== true; next = rest.next()) {
      chunks.push(next.value)
      bytes += next.value.length
      // Larger than is worth keeping: the rest is made as its reader takes it.
      if (bytes > RENDERING_BYTES_MAX) return followedBy(chunks, rest)
    }
    this.#kept.push({ page, filter: key, chunks })
    if (this.#kept.length > RENDERINGS_MAX) this.#kept.shift()
    return chunks
  }
}

/** Whole frames, as many as a chunk has room for; one that is larger comes alone. */
function* chunksOf(entries: readonly Entry[]): Generator<Buffer> {
  let frames: Buffer[] = []
  let bytes = 0
  for (const entry of entries) {
    const frame = Buffer.from(frameOf(entry))
    if (bytes > 0 && bytes + frame.length > STREAM_CHUNK_BYTES) {
      yield Buffer.concat(frames)
      frames = []
      bytes = 0
    }
    frames.push(frame)
    bytes += frame.length
  }
  if (bytes > 0) yield Buffer.concat(frames)
}

function* followedBy(chunks: readonly Buffer[], rest: Iterable<Buffer>): Generator<Buffer> {
  yield* chunks
  yield* rest
}
