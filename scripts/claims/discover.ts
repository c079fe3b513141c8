import { glob } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { Claim } from '#test/claims/claim.ts'

/** Which claims to run; what is absent selects nothing away. */
export type ClaimFilter = {
  readonly area?: string | undefined
  readonly claim?: string | undefined
  readonly short?: boolean | undefined
}

/** A claim and the absolute path of the file that holds it. */
export type FoundClaim = { readonly path: string; readonly claim: Claim }

/** The selected claims `<directory>/<area>/<name>.ts` in order. A file that is no claim of that name is our mistake. */
export const discoverClaims = async (
  directory: string,
  filter: ClaimFilter,
): Promise<readonly FoundClaim[]> => {
  const pattern = `${filter.area ?? '*'}/${filter.claim ?? '*'}.ts`
  const paths: string[] = []
  for await (const path of glob(pattern, { cwd: directory })) paths.push(resolve(directory, path))
  const found: FoundClaim[] = []
  for (const path of paths.sort()) {
    const claim = await loadClaim(path)
    if (!path.endsWith(join('/', claim.area, `${claim.name}.ts`))) {
      throw new Error(`${path} calls itself ${claim.area}/${claim.name}: rename one of the two`)
    }
    if (filter.short !== true || claim.short) found.push({ path, claim })
  }
  return found
}

const Module = z.object({ claim: Claim })

/** The claim that a file exports. */
export const loadClaim = async (path: string): Promise<Claim> => {
  const parsed = Module.safeParse(await import(pathToFileURL(path).href))
  if (!parsed.success) throw new Error(`${path} exports no claim: ${z.prettifyError(parsed.error)}`)
  return parsed.data.claim
}
