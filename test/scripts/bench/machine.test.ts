import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { busyMsIn, cpuMsIn } from '#scripts/bench/machine/process-usage.ts'
import { writtenBytesOf } from '#scripts/bench/machine/stored-bytes.ts'

describe('what Linux says', () => {
  it('of a process gives its time in user and system, whatever its name', () => {
    const rest = 'S 1 2 3 0 -1 4194560 10 0 0 0 250 130 0 0 20 0 11 0 100'
    expect(cpuMsIn(`4711 (node) ${rest}`)).toBe(3_800)
    expect(cpuMsIn(`4711 (a (b) c) ${rest}`)).toBe(3_800)
  })

  it('of the machine gives what all cores worked, and nothing of what they waited', () => {
    const stat = 'cpu  100 10 50 9999 8888 1 2 3 40 5\ncpu0 1 1 1 1 1 1 1 1 1 1\n'
    expect(busyMsIn(stat)).toBe(1_660)
  })
})

describe('bytes of a file', () => {
  const fileOf = (bytes: Uint8Array): string => {
    const directory = mkdtempSync(join(tmpdir(), 'kermesse-stored-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const path = join(directory, 'segment')
    writeFileSync(path, bytes)
    return path
  }

  it.each([
    { written: 0, size: 10 },
    { written: 3, size: 3 },
    { written: 1_048_575, size: 1_048_576 * 3 },
    { written: 1_048_577, size: 1_048_576 * 3 + 5 },
  ])('are $written of $size where the rest is zeros', async ({ written, size }) => {
    const bytes = new Uint8Array(size)
    bytes.fill(7, 0, written)
    expect(await writtenBytesOf(fileOf(bytes))).toBe(written)
  })
})
