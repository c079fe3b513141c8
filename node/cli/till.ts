import { GRANT_ACTIONS } from '#protocol/transaction/kinds/grant.ts'
import type { CliAnswer } from './answer.ts'
import { type CapOptions, capsOf, withCaps } from './grant.ts'
import { type NodeOptions, type Nouns, nodeLeaf } from './leaf.ts'
import { askFolder } from './node-folder.ts'
import { momentOption } from './option-values.ts'
import { addPairing } from './till-pair.ts'

type AddOptions = NodeOptions &
  CapOptions & {
    readonly label: string
    readonly action?: readonly string[]
    readonly notAfter?: number
  }

export const addTill: Nouns = (program, { act, world }) => {
  const noun = program.command('till').description('tills that cannot sign: API keys')
  const add = withCaps(nodeLeaf(noun, 'add', 'a till with its API key, which is shown once'))
    .requiredOption('--label <label>', 'of the till, such as bar-1; never a person')
    .option('--action <actions...>', `instead of the usual ones: ${GRANT_ACTIONS.join(', ')}`)
    .option('--not-after <moment>', 'ends then, as 2027-01-31T12:00:00Z', momentOption)
  add.action(() =>
    act(async () => {
      const options = add.opts<AddOptions>()
      const { label, action: actions, notAfter: notAfterMs } = options
      const input = { label, actions, notAfterMs, caps: capsOf(options) }
      return withWarning(await askFolder(world, options, 'till.add', input))
    }),
  )
  addPairing(noun, { act, world })
  const list = nodeLeaf(noun, 'list', 'the API keys of this node, without their tokens')
  list.action(() =>
    act(async () => await askFolder(world, list.opts<NodeOptions>(), 'till.list', {})),
  )
  const revoke = nodeLeaf(noun, 'revoke <key>', 'end one API key at once, by its name in the list')
  revoke.action((keyId: string) =>
    act(async () => await askFolder(world, revoke.opts<NodeOptions>(), 'till.revoke', { keyId })),
  )
}

const withWarning = (answer: CliAnswer): CliAnswer => {
  if (!answer.ok) return answer
  const { till, grant, apiKey } = answer.result
  return {
    ...answer,
    text: [
      `Till ${String(till)} may act under ${String(grant)}.`,
      'Its API key, shown this once:',
      `  ${String(apiKey)}`,
    ],
  }
}
