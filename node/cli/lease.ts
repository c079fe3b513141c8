import { type NodeOptions, type Nouns, nodeLeaf } from './leaf.ts'
import { askFolder } from './node-folder.ts'
import { amountOption } from './option-values.ts'

type CaptureOptions = NodeOptions & {
  readonly hold: string
  readonly amount: number
  readonly id?: string
}

export const addLease: Nouns = (program, { act, world }) => {
  const noun = program.command('lease').description('money kept apart for a venue that is cut off')
  const capture = nodeLeaf(noun, 'capture', 'take a payment out of a lease, reachable or not')
    .requiredOption('--hold <hold>', 'the lease: hld1…')
    .requiredOption('--amount <amount>', 'in smallest units: 650 is 6.50 €', amountOption)
    .option('--id <uuid>', 'payment id (UUIDv7): a repeated command captures once')
  capture.action(() =>
    act(async () => {
      const options = capture.opts<CaptureOptions>()
      const { hold, amount, id } = options
      return await askFolder(world, options, 'lease.capture', { hold, amount, id })
    }),
  )
  for (const [name, about] of SIMPLE) {
    const leaf = nodeLeaf(noun, name, about)
    leaf.action(() =>
      act(async () => await askFolder(world, leaf.opts<NodeOptions>(), `lease.${name}`, {})),
    )
  }
  const show = nodeLeaf(noun, 'show', 'the key that leases name, and what was promised from them')
  show.action(() =>
    act(async () => await askFolder(world, show.opts<NodeOptions>(), 'lease.show', {})),
  )
}

const SIMPLE = [
  ['enable', 'give the policy of leases its right to open and give back (once)'],
  ['close', 'give all leases back and open none: after closing time'],
  ['reopen', 'open leases again'],
] as const
