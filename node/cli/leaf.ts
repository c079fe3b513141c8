import type { Command } from 'commander'
import type { CliAnswer } from './answer.ts'
import type { World } from './world.ts'

/** Runs one command and reports its answer. */
export type Act = (run: () => Promise<CliAnswer>) => Promise<void>

/** A command that does something: every one of them can answer in JSON. */
export const leaf = (parent: Command, usage: string, description: string): Command =>
  parent
    .command(usage)
    .description(description)
    .option('--json', 'print one JSON object')
    .allowExcessArguments(false)

/** A command about one node, named by its folder. */
export const nodeLeaf = (parent: Command, usage: string, description: string): Command =>
  leaf(parent, usage, description)
    .option('--directory <path>', 'folder of the node (default: KERMESSE_DIRECTORY, or here)')
    .option('--config <file>', 'its configuration (default: node.yaml in that folder)')

/** How `nodeLeaf` says which node is meant. */
export type NodeOptions = { readonly directory?: string; readonly config?: string }

/** What adds commands of one noun to the program. */
export type Nouns = (program: Command, tools: Tools) => void

/** What every command is given. */
export type Tools = { readonly act: Act; readonly world: World }
