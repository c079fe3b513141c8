import { run } from './federation-command.ts'

const INSTALL_MS = 240_000
const ASK_MS = 20_000

/** A program of another language that an example needs, and the package of Debian that brings it. */
export type Needed = { readonly package: string; readonly check: readonly [string, ...string[]] }

/** Makes sure that it is there: installs it where that is allowed, else says the line that does. */
export const ensure = async (needed: Needed): Promise<void> => {
  if (await isThere(needed)) return
  const line = `apt-get install --yes --no-install-recommends ${needed.package}`
  const quiet = `export DEBIAN_FRONTEND=noninteractive; ${line}`
  const installed = await run('sh', ['-c', `(${quiet}) || (apt-get update && ${quiet})`], {
    timeoutMs: INSTALL_MS,
  }).catch(() => undefined)
  if (await isThere(needed)) return
  const end = installed?.everything.split('\n').slice(-5).join('\n') ?? ''
  throw new Error(
    `${needed.check[0]} is missing. Install it as root and run again:\n  ${line}\n${end}`,
  )
}

export const isThere = async ({ check: [program, ...words] }: Needed): Promise<boolean> => {
  const answer = await run(program, words, { timeoutMs: ASK_MS }).catch(() => undefined)
  return answer?.exitCode === 0
}
