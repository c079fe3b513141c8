import { stringify } from 'yaml'
import type { NodeConfig } from '#config/node-config.ts'

/** What `kermesse init` writes down of a node's settings; all others keep their defaults. */
export type FirstSettings = {
  readonly role: NodeConfig['role']
  readonly listen: readonly string[]
  readonly apiPort: number
}

const HEADER = `# Settings of one Kermesse node. Paths are relative to this file. What is not here has its
# default; \`kermesse config check\` shows every value in force.
`

/** The text of node.yaml. */
export const settingsText = ({ role, listen, apiPort }: FirstSettings): string =>
  HEADER + stringify({ role, network: { listen }, api: { port: apiPort } })
