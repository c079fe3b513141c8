import { KINDS } from '#protocol/ledger/kinds.ts'
import { leaf, type NodeOptions, type Nouns, nodeLeaf } from './leaf.ts'
import { addHalt } from './ledger-halt.ts'
import { askFolder } from './node-folder.ts'

export const addLedger: Nouns = (program, tools) => {
  const { act, world } = tools
  const noun = program
    .command('ledger')
    .description('the rules of the ledger, and what a node found about the chain')
  const kinds = leaf(noun, 'kinds', 'every kind of transaction: who signs, who agrees, every no')
  kinds.action(() =>
    act(async () => ({
      ok: true,
      result: {
        kinds: Object.entries(KINDS).map(([kind, { signers, consents, codes }]) => ({
          kind,
          signer: signers.join(' or '),
          consents,
          codes,
        })),
      },
    })),
  )
  const assets = nodeLeaf(noun, 'assets', 'what there is of every currency, and where it is')
  assets.action(() =>
    act(async () => await askFolder(world, assets.opts<NodeOptions>(), 'ledger.assets', {})),
  )
  addHalt(noun, tools)
}
