import { type NodeOptions, type Nouns, nodeLeaf } from './leaf.ts'
import { askFolder } from './node-folder.ts'
import { wholeNumber } from './option-values.ts'

type Repeated = NodeOptions & { readonly id?: string }
type CreateOptions = Repeated & { readonly name: string; readonly weakCards?: boolean }
type InviteOptions = Repeated & { readonly place: string; readonly hours: number }
type LeaveOptions = Repeated & { readonly place?: string }

const REPEATED = ['--id <uuid>', 'payment id (UUIDv7): a repeated command acts once'] as const

export const addFederation: Nouns = (program, { act, world }) => {
  const noun = program.command('federation').description('places that share currencies')
  const create = nodeLeaf(noun, 'create', 'at an authority: a federation, and its first admin')
    .requiredOption('--name <name>', 'public name')
    .option('--weak-cards', 'UID-only cards of other venues may pay at its places')
    .option(...REPEATED)
  create.action(() =>
    act(async () => {
      const { name, weakCards = false, id, ...node } = create.opts<CreateOptions>()
      return await askFolder(world, node, 'federation.create', { name, weakCards, id })
    }),
  )
  const invite = nodeLeaf(noun, 'invite <federation>', 'at an admin: let one place join')
    .requiredOption('--place <place>', 'the place, as plc1…')
    .option('--hours <number>', 'how long it is good', wholeNumber(1, 719), 168)
    .option(...REPEATED)
  invite.action((federation: string) =>
    act(async () => {
      const { place, hours, id, ...node } = invite.opts<InviteOptions>()
      return await askFolder(world, node, 'federation.invite', { federation, place, hours, id })
    }),
  )
  const accept = nodeLeaf(noun, 'accept <federation>', 'at a venue: join as invited')
  accept.option(...REPEATED).action((federation: string) =>
    act(async () => {
      const { id, ...node } = accept.opts<Repeated>()
      return await askFolder(world, node, 'federation.accept', { federation, id })
    }),
  )
  const leave = nodeLeaf(noun, 'leave <federation>', 'at a venue: leave it; what is held stays')
    .option('--place <place>', 'at an admin: have this place leave')
    .option(...REPEATED)
  leave.action((federation: string) =>
    act(async () => {
      const { place, id, ...node } = leave.opts<LeaveOptions>()
      return await askFolder(world, node, 'federation.leave', { federation, place, id })
    }),
  )
}
