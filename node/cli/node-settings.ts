import { stringify } from 'yaml'
import type { NodeConfig } from '#config/node-config.ts'

/** What `kermesse init` writes down of a node's settings; all others keep their defaults. */
export type FirstSettings = {
  readonly role: NodeConfig['role']
  readonly listen: readonly string[]
  readonly apiPort: number
  /** Throw-away keys: events may be delivered to programs on this machine. */
  readonly development: boolean
}

const LOOPBACK = { allowHttp: true, allowAddresses: ['127.0.0.0/8', '::1/128'] }

const HEADER = `# Settings of one Kermesse node. Paths are relative to this file. What is not here has its
# default; \`kermesse config check\` shows every value in force.
`

/** The text of node.yaml. */
export const settingsText = ({ role, listen, apiPort, development }: FirstSettings): string =>
  HEADER +
  stringify({
    role,
    network: { listen },
    api: { port: apiPort },
    ...(development && { webhooks: LOOPBACK }),
  })
