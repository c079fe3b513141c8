import { Command } from 'commander'
import { addAsset } from './asset.ts'
import { addAuthority } from './authority.ts'
import { addCard } from './card.ts'
import { addConfig } from './config.ts'
import { addFederation } from './federation.ts'
import { addGenesis } from './genesis.ts'
import { addGrant } from './grant.ts'
import { addInit } from './init.ts'
import { addKey } from './key.ts'
import type { Nouns, Tools } from './leaf.ts'
import { addLease } from './lease.ts'
import { addLedger } from './ledger.ts'
import { addMetrics } from './metrics.ts'
import { addNode } from './node-run.ts'
import { addPay } from './pay.ts'
import { addPlace } from './place.ts'
import { addReceipt } from './receipt.ts'
import { addStatus } from './status.ts'
import { addTill } from './till.ts'

/** In the order in which an operator meets them. */
const NOUNS: readonly Nouns[] = [
  addInit,
  addGenesis,
  addNode,
  addAuthority,
  addPlace,
  addAsset,
  addFederation,
  addTill,
  addGrant,
  addCard,
  addPay,
  addLease,
  addStatus,
  addMetrics,
  addReceipt,
  addLedger,
  addKey,
  addConfig,
]

/** The whole command line: `kermesse <noun> <verb>`. */
export const createProgram = (tools: Tools, settle: (command: Command) => void): Command => {
  const program = new Command('kermesse').description(
    'A federated ledger for venue money: run a node, and ask it.',
  )
  for (const add of NOUNS) add(program, tools)
  for (const command of everyCommand(program)) settle(command)
  return program
}

const everyCommand = (command: Command): readonly Command[] => [
  command,
  ...command.commands.flatMap(everyCommand),
]
