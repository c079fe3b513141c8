import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Claim } from '#test/claims/claim.ts'

export const claim: Claim = {
  area: 'sample',
  name: 'holds',
  bound: 'at least 1 file',
  short: true,
  run: async ({ directory, progress }) => {
    progress('writing')
    await writeFile(join(directory, 'kept.txt'), 'kept')
    return { ok: true, figure: 1 }
  },
}
