import { type NodeOptions, type Nouns, nodeLeaf } from './leaf.ts'
import { askFolder } from './node-folder.ts'

export const addStatus: Nouns = (program, { act, world }) => {
  const command = nodeLeaf(program, 'status', 'how the running node feels')
  command.action(() =>
    act(async () => await askFolder(world, command.opts<NodeOptions>(), 'status', {})),
  )
}
