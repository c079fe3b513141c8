import { type Command, Option } from 'commander'
import { type NodeOptions, nodeLeaf, type Tools } from './leaf.ts'
import { askFolder } from './node-folder.ts'
import { amountOption, collected, wholeNumber } from './option-values.ts'

/** Terms that a currency may have or not, as options. */
export type TermOptions = {
  readonly vat?: string
  readonly leaseCap?: number
  readonly leaseHours: number
  readonly issueDay?: number
  readonly secondAbove?: number
  readonly share?: readonly string[]
}

type UpdateOptions = NodeOptions &
  TermOptions & {
    readonly name?: string
    readonly cap?: number
    readonly transferable?: boolean
    readonly without?: readonly string[]
    readonly id?: string
  }

const HOUR_MS = 3_600_000
/** A month of 31 days. */
const LEASE_HOURS_MAX = 744
const REMOVABLE = ['cap', 'vat', 'lease', 'issueLimits', 'federations']

/** Options of what may be said of a currency, when it is made and later. */
export const withTerms = (command: Command): Command =>
  command
    .addOption(
      new Option('--vat <nature>', 'a voucher for one rate of VAT, or for several').choices([
        'single_purpose',
        'multi_purpose',
      ]),
    )
    .option('--lease-cap <amount>', 'most that leases of one card hold of it', amountOption)
    .option('--lease-hours <hours>', 'longest lease', wholeNumber(1, LEASE_HOURS_MAX), 6)
    .option('--issue-day <amount>', 'most that is issued in a day', amountOption)
    .option('--second-above <amount>', 'above it a second minter agrees', amountOption)
    .option('--share <federation>', 'where others may accept it (repeatable)', collected)

export const termsIn = ({
  vat,
  leaseCap,
  leaseHours,
  issueDay: day,
  secondAbove,
  share: federations,
}: TermOptions) => ({
  vat,
  lease: leaseCap && { cap: leaseCap, durationMs: leaseHours * HOUR_MS },
  issueLimits: day === undefined && secondAbove === undefined ? undefined : { day, secondAbove },
  federations,
})

/** `asset update` and `asset archive`. */
export const addChanges = (noun: Command, { act, world }: Tools): void => {
  const update = withTerms(nodeLeaf(noun, 'update <asset>', 'at a venue: change its terms'))
    .option('--name <name>', 'public name')
    .option('--cap <amount>', 'most that may exist, in smallest units', amountOption)
    .option('--transferable', 'people may pass it on')
    .option('--no-transferable', 'they may not')
    .addOption(new Option('--without <terms...>', 'take these terms away').choices([...REMOVABLE]))
    .option('--id <uuid>', 'payment id (UUIDv7): a repeated command acts once')
  update.action((asset: string) =>
    act(async () => {
      const options = update.opts<UpdateOptions>()
      const { name, cap, transferable, without = [], id } = options
      const removed = Object.fromEntries(without.map((term) => [term, null]))
      const changes = { asset, name, cap, transferable, ...termsIn(options), ...removed, id }
      return await askFolder(world, options, 'asset.update', changes)
    }),
  )
  const archive = nodeLeaf(
    noun,
    'archive <asset>',
    'at a venue: end it for ever; it still goes back',
  )
  archive
    .option('--id <uuid>', 'payment id (UUIDv7): a repeated command acts once')
    .action((asset: string) =>
      act(async () => {
        const { id, ...node } = archive.opts<NodeOptions & { readonly id?: string }>()
        return await askFolder(world, node, 'asset.archive', { asset, id })
      }),
    )
}
