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
export const usageOf = (pid: number): Usage => ({
  cpuMs: cpuMsIn(readFileSync(`/proc/${pid}/stat`, 'utf8')),
  written: Number(
    /^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] ?? Number.NaN,
  ),
  resident: Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES,
})

/** Of `/proc/<pid>/stat`. The name in brackets may hold spaces and brackets; utime and stime are the 12th and 13th field after it. */
export const cpuMsIn = (stat: string): number => {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

/** Milliseconds that all cores together have worked since the machine began, for whomever. */
export const machineCpuMs = (): number => busyMsIn(readFileSync('/proc/stat', 'utf8'))

/** Of `/proc/stat`: all but idle and iowait, the 4th and 5th; guests, the last two, are in the first two. */
export const busyMsIn = (stat: string): number => {
  const [line = ''] = stat.split('\n', 1)
  const fields = line.split(/\s+/).slice(1, 9).map(Number)
  return (
    fields.filter((_, index) => index !== 3 && index !== 4).reduce((a, b) => a + b, 0) * TICK_MS
  )
}
