import { join } from 'node:path'
import type { Claim } from '#test/claims/claim.ts'
import { nodesOf, venueOf, withFederation } from '../../support/federation.ts'
import { compared, type Row } from '../../support/federation-claim.ts'
import { ROOT, run } from '../../support/federation-command.ts'
import { FederationTill, saidBy } from '../../support/federation-till.ts'

export const claim: Claim = {
  area: 'main',
  name: 'one-process-per-directory',
  bound: 'a second node on a data directory ends with data_directory_in_use; the first works on',
  short: true,
  run: async ({ directory }) =>
    await withFederation(directory, async (federation) => {
      const rows: Row[] = []
      for (const { name } of nodesOf(federation).filter((_, index) => index % 5 === 0)) {
        const folder = join(directory, name)
        const words = ['node', 'run', '--directory', folder, '--api-port', '0', '--json']
        const second = await run(process.execPath, [join(ROOT, 'node/kermesse.mjs'), ...words], {
          timeoutMs: 20_000,
        })
        rows.push([`${name}: exit code`, second.exitCode ?? -1, 1])
        rows.push([`${name}: code`, second.everything.includes('data_directory_in_use'), true])
      }
      const till = new FederationTill(venueOf(federation, 1))
      const card = await till.newCard('weak', 500)
      rows.push(['a payment afterwards', saidBy(await till.pay(card.face, 100)), 'applied'])
      till.close()
      return compared(rows)
    }),
}
