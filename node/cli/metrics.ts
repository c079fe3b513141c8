import type { CliAnswer } from './answer.ts'
import { type NodeOptions, type Nouns, nodeLeaf } from './leaf.ts'
import { askFolder } from './node-folder.ts'

export const addMetrics: Nouns = (program, { act, world }) => {
  const command = nodeLeaf(program, 'metrics', "the node's figures in Prometheus text format")
  command.action(() =>
    act(async () => asText(await askFolder(world, command.opts<NodeOptions>(), 'metrics', {}))),
  )
}

/** The text as it is, so that it can be written to a file that a collector reads. */
const asText = (answer: CliAnswer): CliAnswer =>
  answer.ok ? { ...answer, text: [String(answer.result['text']).trimEnd()] } : answer
