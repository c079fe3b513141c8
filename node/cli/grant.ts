import type { Command } from 'commander'
import { GRANT_ACTIONS } from '#protocol/transaction/kinds/grant.ts'
import { type NodeOptions, type Nouns, nodeLeaf } from './leaf.ts'
import { askFolder } from './node-folder.ts'
import { amountOption, collected, momentOption } from './option-values.ts'

/** The caps of a grant as options, in smallest units. */
export type CapOptions = {
  readonly capTransaction?: number
  readonly capDay?: number
  readonly capTotal?: number
  readonly capRefundDay?: number
}
type IssueOptions = NodeOptions &
  CapOptions & {
    readonly to: string
    readonly action: readonly string[]
    readonly asset?: readonly string[]
    readonly till?: string
    readonly notAfter?: number
    readonly id?: string
  }

export const addGrant: Nouns = (program, { act, world }) => {
  const noun = program.command('grant').description('rights of a venue, handed to keys')
  const issue = withCaps(nodeLeaf(noun, 'issue', 'give rights to a key that somebody else keeps'))
    .requiredOption('--to <key>', 'the key, as key1…')
    .requiredOption('--action <actions...>', GRANT_ACTIONS.join(', '))
    .option('--asset <asset>', 'only these currencies (repeatable)', collected)
    .option('--till <label>', 'only as this till')
    .option('--not-after <moment>', 'ends then, as 2027-01-31T12:00:00Z', momentOption)
    .option('--id <uuid>', 'payment id (UUIDv7): a repeated command acts once')
  issue.action(() =>
    act(async () => {
      const { to, action, asset, till, notAfter, id, ...rest } = issue.opts<IssueOptions>()
      const terms = { grantee: to, actions: action, assets: asset, till, notAfterMs: notAfter, id }
      return await askFolder(world, rest, 'grant.issue', { ...terms, caps: capsOf(rest) })
    }),
  )
  const revoke = nodeLeaf(noun, 'revoke <grant>', 'end a grant and everything under it')
  revoke.action((grant: string) =>
    act(async () => await askFolder(world, revoke.opts<NodeOptions>(), 'grant.revoke', { grant })),
  )
  const list = nodeLeaf(noun, 'list', 'every grant of the venue')
  list.action(() =>
    act(async () => await askFolder(world, list.opts<NodeOptions>(), 'grant.list', {})),
  )
}

/** The caps that a grant can have, in smallest units. */
export const withCaps = (command: Command): Command =>
  command
    .option('--cap-transaction <amount>', 'most of one transaction', amountOption)
    .option('--cap-day <amount>', 'most of a day', amountOption)
    .option('--cap-total <amount>', 'most in all', amountOption)
    .option('--cap-refund-day <amount>', 'most given back in a day', amountOption)

export const capsOf = (options: CapOptions) => ({
  transaction: options.capTransaction,
  day: options.capDay,
  total: options.capTotal,
  refundDay: options.capRefundDay,
})
