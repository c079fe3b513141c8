import { Option } from 'commander'
import { addChanges, type TermOptions, termsIn, withTerms } from './asset-change.ts'
import { DEFAULT_CARD_LIMITS } from './card-limits.ts'
import { type NodeOptions, type Nouns, nodeLeaf } from './leaf.ts'
import { askFolder } from './node-folder.ts'
import { amountOption, wholeNumber } from './option-values.ts'

type CreateOptions = NodeOptions &
  TermOptions & {
    readonly code: string
    readonly name?: string
    readonly category: string
    readonly unit?: string
    readonly scale?: number
    readonly cap?: number
    readonly transferable?: boolean
    readonly weakCharge: number
    readonly weakDay: number
    readonly secretCharge: number
    readonly secretDay: number
    readonly periodDays?: number
    readonly id?: string
  }

export const addAsset: Nouns = (program, tools) => {
  const { act, world } = tools
  const { weak, secret } = DEFAULT_CARD_LIMITS
  const noun = program.command('asset').description('currencies')
  const create = withTerms(nodeLeaf(noun, 'create', 'at a venue: a currency of its own'))
    .requiredOption('--code <code>', '3 to 10 capitals and digits, unlike a state currency')
    .option('--name <name>', 'public name (default: the code)')
    .addOption(
      new Option('--category <category>', 'what it is')
        .choices(['local', 'gift', 'time', 'points', 'membership', 'badge'])
        .default('local'),
    )
    .option('--unit <unit>', 'what it counts (default: EUR, or as the category says)')
    .option('--period-days <days>', 'how long a payment extends a membership', wholeNumber(1, 3650))
    .option('--scale <digits>', 'decimal places (default: 2 for money, else 0)', wholeNumber(0, 6))
    .option('--cap <amount>', 'most that may exist, in smallest units', amountOption)
    .option('--transferable', 'people may pass it on')
    .option(
      '--weak-charge <amount>',
      'most of one charge, UID-only card',
      amountOption,
      weak.charge,
    )
    .option('--weak-day <amount>', 'most of a day, UID-only card', amountOption, weak.day)
    .option(
      '--secret-charge <amount>',
      'most of one charge, secret card',
      amountOption,
      secret.charge,
    )
    .option('--secret-day <amount>', 'most of a day, secret card', amountOption, secret.day)
    .option('--id <uuid>', 'payment id (UUIDv7): a repeated command acts once')
  create.action(() =>
    act(async () => {
      const options = create.opts<CreateOptions>()
      return await askFolder(world, options, 'asset.create', termsOf(options))
    }),
  )
  addChanges(noun, tools)
  const list = nodeLeaf(noun, 'list', 'every currency of the network')
  list.action(() =>
    act(async () => await askFolder(world, list.opts<NodeOptions>(), 'asset.list', {})),
  )
}

const DAY_MS = 86_400_000
const UNITS: Readonly<Record<string, string>> = {
  time: 'minute',
  points: 'point',
  membership: 'membership',
  badge: 'badge',
}

const termsOf = (options: CreateOptions) => {
  const { code, category, cap, periodDays, id } = options
  const unit = UNITS[category]
  return {
    code,
    name: options.name ?? code,
    category,
    unit: options.unit ?? unit ?? 'EUR',
    scale: options.scale ?? (unit === undefined ? 2 : 0),
    cap,
    transferable: options.transferable === true,
    cardLimits: {
      weak: { charge: options.weakCharge, day: options.weakDay },
      secret: { charge: options.secretCharge, day: options.secretDay },
    },
    ...termsIn(options),
    periodMs: periodDays && periodDays * DAY_MS,
    id,
  }
}
