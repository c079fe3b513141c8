import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { discoverClaims } from '#scripts/claims/discover.ts'
import { runClaim } from '#scripts/claims/run.ts'

const DIRECTORY = join(import.meta.dirname, 'claims')
const PROVE = join(import.meta.dirname, '../../scripts/prove.ts')

/** Runs `npm run prove` as a user does; its exit code and standard output. */
const prove = (...flags: string[]): Promise<{ code: unknown; lines: string[] }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [PROVE, '--directory', DIRECTORY, ...flags], (error, stdout) =>
      resolve({ code: error === null ? 0 : error.code, lines: stdout.trimEnd().split('\n') }),
    )
  })

const runOne = async (claim: string, progress: (text: string) => void = () => {}) => {
  const [found] = await discoverClaims(DIRECTORY, { area: 'sample', claim })
  if (found === undefined) throw new Error(`no sample claim ${claim}`)
  return await runClaim(found, progress)
}

describe('claims are found', () => {
  test.each([
    [{ area: 'sample' }, ['exits', 'fails', 'hangs', 'holds', 'throws']],
    [{ area: 'sample', short: true }, ['fails', 'holds']],
    [{ claim: 'holds' }, ['holds']],
    [{ area: 'sample', claim: 'absent' }, []],
    [{ area: 'absent' }, []],
  ])('%j selects %j', async (filter, names) => {
    const found = await discoverClaims(DIRECTORY, filter)
    expect(found.map(({ claim }) => claim.name)).toEqual(names)
  })

  test('a file that holds another claim than its name says is refused', async () => {
    await expect(discoverClaims(DIRECTORY, {})).rejects.toThrow(/misnamed\.ts calls itself strange/)
  })
})

describe('a claim is judged', () => {
  test('by what it answers', async () => {
    expect(await runOne('holds')).toMatchObject({ ok: true, figure: 1, bound: 'at least 1 file' })
    expect(await runOne('fails')).toMatchObject({ ok: false, figure: { lost: 1 } })
  })

  test('as failed when it throws', async () => {
    expect(await runOne('throws')).toMatchObject({ ok: false, figure: 'the ledger halted' })
  })

  test('as failed when its process ends without an answer', async () => {
    const { ok, figure } = await runOne('exits')
    expect({ ok, figure }).toEqual({ ok: false, figure: 'its process ended without an outcome' })
  })

  test('as failed at its deadline, and nothing it started lives on', async () => {
    const said: string[] = []
    const { ok, figure } = await runOne('hangs', (text) => said.push(text))
    expect({ ok, figure }).toEqual({ ok: false, figure: 'no outcome after 1.5 s' })
    expect(said).toHaveLength(1)
    await expect.poll(() => isRunning(Number(said[0]))).toBe(false)
  })
})

describe('npm run prove', () => {
  test('ends with one line of JSON and exit code 1 when a claim fails', async () => {
    const { code, lines } = await prove('--area', 'sample', '--short', '--json')
    expect(code).toBe(1)
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual({
      claims: [
        expect.objectContaining({ area: 'sample', name: 'fails', ok: false, bound: 'lost 0' }),
        expect.objectContaining({ area: 'sample', name: 'holds', ok: true, figure: 1 }),
      ],
      failed: ['sample/fails'],
    })
  })

  test('names what failed once more at the end, with its figure', async () => {
    const { lines } = await prove('--area', 'sample', '--short')
    expect(lines.slice(-2)).toEqual([
      '1 of 2 claims failed:',
      expect.stringMatching(/^FAILS {2}sample\/fails: \{"lost":1\} {2}\(lost 0; /),
    ])
  })

  test('exits 0 when every claim holds', async () => {
    const { code, lines } = await prove('--claim', 'holds')
    expect(code).toBe(0)
    expect(lines).toEqual([
      expect.stringMatching(/^holds {2}sample\/holds: 1 {2}\(at least 1 file/),
    ])
  })

  test.each([[['--area', 'absent']], [['--unknown']], [['operand']]])(
    'exits 2 on %j',
    async (flags) => {
      expect((await prove(...flags)).code).toBe(2)
    },
  )
})

/** A killed process that its new parent has not yet reaped no longer runs. */
const isRunning = (pid: number): boolean => {
  const status = `/proc/${pid}/stat`
  return existsSync(status) && !/\) Z /.test(readFileSync(status, 'utf8'))
}
