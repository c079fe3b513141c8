import { readFileSync } from 'node:fs'

/** What a process has used since it began. */
export type Usage = {
  /** Milliseconds of CPU, in the kernel and outside. */
  readonly cpuMs: number
  /** Bytes it caused to be written to storage. */
  readonly written: number
  /** Bytes of memory it holds. */
  readonly resident: number
}

/** Linux counts CPU time in hundredths of a second (`getconf CLK_TCK`). */
const TICK_MS = 10
const PAGE_BYTES = 4_096

/** What Linux says of a running process (proc(5)). */
export const usageOf = (pid: number): Usage => {
  // The name in brackets may hold spaces; utime and stime are the 12th and 13th field after it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  const written = /^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]
  const pages = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]
  return {
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    written: Number(written),
    resident: Number(pages) * PAGE_BYTES,
  }
}
