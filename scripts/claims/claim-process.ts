// The process of one claim: `claim-process.ts <file> <directory>`, started by run.ts as the leader of its own group.
import type { ClaimOutcome } from '#test/claims/claim.ts'
import { loadClaim } from './discover.ts'
import type { ClaimMessage } from './message.ts'

const [path = '', directory = ''] = process.argv.slice(2)
const tell = (message: ClaimMessage): void => {
  process.send?.(message)
}

// Without its runner nobody would end what the claim has started.
process.once('disconnect', () => process.kill(-process.pid, 'SIGKILL'))

tell({ tag: 'outcome', outcome: await outcomeOf() })

async function outcomeOf(): Promise<ClaimOutcome> {
  try {
    const claim = await loadClaim(path)
    return await claim.run({ directory, progress: (text) => tell({ tag: 'progress', text }) })
  } catch (error) {
    console.error(error)
    return { ok: false, figure: error instanceof Error ? error.message : String(error) }
  }
}
