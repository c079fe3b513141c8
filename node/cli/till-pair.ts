import type { Command } from 'commander'
import { renderUnicodeCompact } from 'uqr'
import { GRANT_ACTIONS } from '#protocol/transaction/kinds/grant.ts'
import type { CliAnswer } from './answer.ts'
import { type CapOptions, capsOf, withCaps } from './grant.ts'
import { type NodeOptions, nodeLeaf, type Tools } from './leaf.ts'
import { askFolder } from './node-folder.ts'
import { collected, momentOption } from './option-values.ts'

type PairOptions = NodeOptions &
  CapOptions & {
    readonly label: string
    readonly action?: readonly string[]
    readonly asset?: readonly string[]
    readonly notAfter?: number
  }

/** `kermesse till pair`: a one-time code, as a QR code for the till's camera and as text. */
export const addPairing = (noun: Command, { act, world }: Tools): void => {
  const pair = withCaps(nodeLeaf(noun, 'pair', 'a one-time code for a till with a key of its own'))
    .requiredOption('--label <label>', 'of the till, such as bar-1; never a person')
    .option('--action <actions...>', `instead of the usual ones: ${GRANT_ACTIONS.join(', ')}`)
    .option('--asset <asset>', 'only these currencies (repeatable)', collected)
    .option('--not-after <moment>', 'its grant ends then, as 2027-01-31T12:00:00Z', momentOption)
  pair.action(() =>
    act(async () => {
      const options = pair.opts<PairOptions>()
      const { label: till, action: actions, asset: assets, notAfter: notAfterMs } = options
      const input = { till, actions, assets, notAfterMs, caps: capsOf(options) }
      return shown(await askFolder(world, options, 'till.pair', input))
    }),
  )
}

const shown = (answer: CliAnswer): CliAnswer => {
  if (!answer.ok) return answer
  const { till, code, expiresAt, url, fingerprint, pairing } = answer.result
  return {
    ...answer,
    text: [
      ...renderUnicodeCompact(String(pairing), { border: 2 }).split('\n'),
      `Show this to till ${String(till)}, or type the code there:`,
      `  ${String(code)}`,
      `at ${String(url)}`,
      ...(fingerprint === undefined
        ? []
        : [`whose certificate has the SHA-256 ${String(fingerprint)}`]),
      `It works once, until ${String(expiresAt)}.`,
    ],
  }
}
