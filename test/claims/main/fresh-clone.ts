import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Claim } from '#test/claims/claim.ts'
import { compared, type Row } from '../../support/federation-claim.ts'
import { interrupt, ROOT, run, start } from '../../support/federation-command.ts'

const INSTALL_MS = 240_000
const START_MS = 60_000
const SESSION_MS = 60_000

export const claim: Claim = {
  area: 'main',
  name: 'fresh-clone',
  bound: 'clone, npm ci, npm start, the printed lines; then a second start on the same ledger',
  short: false,
  run: async ({ directory, progress }) => {
    const clone = join(directory, 'kermesse')
    progress('git clone')
    const cloned = await run('git', ['clone', '--quiet', ROOT, clone], { timeoutMs: INSTALL_MS })
    progress('npm ci')
    const installed = await run('npm', ['ci', '--no-audit', '--no-fund'], {
      cwd: clone,
      timeoutMs: INSTALL_MS,
    })
    const readme = await readFile(join(clone, 'README.md'), 'utf8')
    progress('first start')
    const first = await session(clone, (lines) =>
      lines.filter((line) => LINE.test(line)).join('\n'),
    )
    progress('second start')
    const second = await session(clone, (lines) =>
      [...lines.filter((line) => /^(KEY|H)=/.test(line)), 'curl -s $U/cards/04A1B2C3 -H "$H"'].join(
        '\n',
      ),
    )
    const rows: Row[] = [
      ['git clone', cloned.exitCode ?? -1, 0],
      ['npm ci', installed.exitCode ?? -1, 0],
      ['README names npm ci && npm start', readme.includes('npm ci && npm start'), true],
      ['README names npm ci && npm test', readme.includes('npm ci && npm test'), true],
      ['the card, the top-up and the payment', count(first, '"status":"applied"') >= 3, true],
      ['the receipt is proven', PROVEN.test(first), true],
      ['the balance after a restart', second.includes('"available":1350'), true],
    ]
    return compared(rows)
  },
}

const LINE = /^(KEY=|H=|curl )/
/** On the line of the answer before it, which ends without a new one. */
const PROVEN = /Proven: the sale [0-9a-f-]{36} of 6\.50 EUR was applied\.\n/

/** Starts the federation, pastes lines made of what it printed into a shell, stops it. */
const session = async (
  clone: string,
  paste: (lines: readonly string[]) => string,
): Promise<string> => {
  const child = start('npm', ['start'], clone)
  try {
    const lines = await linesUntilReady(child.stdout)
    const pasted = await run('bash', ['-e', '-c', paste(lines)], {
      cwd: clone,
      timeoutMs: SESSION_MS,
    })
    return pasted.everything
  } finally {
    await interrupt(child)
  }
}

const linesUntilReady = (output: Readable): Promise<readonly string[]> =>
  new Promise((resolve, reject) => {
    const lines: string[] = []
    const timer = setTimeout(() => reject(new Error('npm start is not ready')), START_MS)
    createInterface({ input: output }).on('line', (line) => {
      lines.push(line)
      if (!line.startsWith('Ctrl-C')) return
      clearTimeout(timer)
      resolve(lines)
    })
    output.once('end', () => reject(new Error('npm start ended')))
  })

const count = (text: string, part: string): number => text.split(part).length - 1
