import { KINDS } from '#protocol/ledger/kinds.ts'
import { leaf, type Nouns } from './leaf.ts'
import { addHalt } from './ledger-halt.ts'

export const addLedger: Nouns = (program, tools) => {
  const { act } = tools
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
  addHalt(noun, tools)
}
