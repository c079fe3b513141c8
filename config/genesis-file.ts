import { readFileSync } from 'node:fs'
import { GENESIS_LENGTH_MAX, type Genesis, networkIdOf, parseGenesis } from '#protocol/genesis.ts'
import type { NetworkId } from '#protocol/id.ts'
import type { ConfigProblem } from './load-config.ts'

export type LoadedGenesis =
  | { readonly ok: true; readonly genesis: Genesis; readonly networkId: NetworkId }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

/** Largest genesis file: the longest text, should every character take three bytes. */
const GENESIS_BYTES_MAX = 3 * GENESIS_LENGTH_MAX

/** The genesis in a file, in any spacing: the network id is that of its canonical bytes. */
export const loadGenesis = (file: string): LoadedGenesis => {
  const read = readText(file)
  if (!read.ok) return read
  const parsed = parseGenesis(read.text)
  if (parsed.ok) {
    return { ok: true, genesis: parsed.genesis, networkId: networkIdOf(parsed.genesis) }
  }
  return {
    ok: false,
    problems: parsed.errors.map(({ code, pointer, detail }) => ({
      path: `${file}#${pointer}`,
      message: `${code}: ${detail}`,
    })),
  }
}

const readText = (
  file: string,
):
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] } => {
  try {
    const bytes = readFileSync(file)
    if (bytes.length <= GENESIS_BYTES_MAX) return { ok: true, text: bytes.toString('utf8') }
    return { ok: false, problems: [{ path: file, message: `over ${GENESIS_BYTES_MAX} bytes` }] }
  } catch (error) {
    const message = error instanceof Error ? error.message : 'unreadable'
    return { ok: false, problems: [{ path: file, message }] }
  }
}
