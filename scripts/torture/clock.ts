import { globSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** Where Debian, its kin and a build by hand put the library. */
const LIBRARIES = [
  '/usr/lib/*/faketime/libfaketimeMT.so.1',
  '/usr/lib*/faketime/libfaketimeMT.so.1',
  '/usr/local/lib/faketime/libfaketimeMT.so.1',
]
/** How long the library believes what it read. */
const CACHE_SECONDS = 1
const SEEN_WITHIN_MS = 10_000
const POLL_MS = 200
/** The header tells whole seconds. */
const CLOSE_MS = 1_500

/** The library that answers a process's questions for the time; undefined where it is not installed. */
export const findFaketime = (): string | undefined => LIBRARIES.flatMap((each) => globSync(each))[0]

/** The wall clock of one node, which can be set while the node runs. Its timers are not touched. */
export class NodeClock {
  readonly #file: string
  readonly environment: Readonly<Record<string, string>>

  constructor(file: string, library: string) {
    this.#file = file
    this.set(0)
    this.environment = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: String(CACHE_SECONDS),
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    }
  }

  /** Seconds that it is ahead of the machine's clock, or behind. */
  set(bySeconds: number): void {
    writeFileSync(this.#file, `${bySeconds < 0 ? '' : '+'}${bySeconds}\n`)
  }
}

/** Waits until a node's own answers bear the time that was set. Whether they did. */
export const isSeen = async (apiUrl: string, bySeconds: number): Promise<boolean> => {
  const endMs = performance.now() + SEEN_WITHIN_MS
  while (performance.now() < endMs) {
    const off = await offsetMs(apiUrl)
    if (off !== undefined && Math.abs(off - bySeconds * 1_000) <= CLOSE_MS) return true
    await pause(POLL_MS)
  }
  return false
}

/** How far a node's clock is ahead, by the date of an answer; undefined when there was none. */
const offsetMs = async (apiUrl: string): Promise<number | undefined> => {
  try {
    const answer = await fetch(`${apiUrl}/livez`, { signal: AbortSignal.timeout(SEEN_WITHIN_MS) })
    await answer.arrayBuffer()
    const date = answer.headers.get('date')
    return date === null ? undefined : Date.parse(date) - Date.now()
  } catch {
    return undefined
  }
}
