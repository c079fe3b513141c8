import type { Change, DeedFamily, Load, Swarm } from '../swarm.ts'

/** One exact piece of the product's source, and what stands there instead. */
export type Patch = {
  /** From the top of the repository. */
  readonly file: string
  /** Occurs once in the file. */
  readonly find: string
  readonly replace: string
}

/**
 * What a mutant is seen best by: put in the place of what a seed draws. Liars stay as many as drawn, or
 * one where nobody fails; calm seeds stay as they are.
 */
export type Fit = {
  readonly liar?: string
  /** The one lie that it tells, on each of its turns. */
  readonly way?: string
  readonly load?: Load
  /** Of all that there is to do at a fair only what is about this. */
  readonly deeds?: DeedFamily
  /** It strikes, whatever else does; members that would lie are its victims instead. */
  readonly fault?: string
  /** It strikes two at the same moment, of seven or more. */
  readonly together?: true
  /** Nobody's clock, process or disk is out of step: what time a block had can be judged. */
  readonly steady?: true
  /** Blocks hold few payments: what comes faster waits. */
  readonly smallBlocks?: true
  /** The authorities change. */
  readonly changes?: true
  /** What is wrong with each change. */
  readonly flaw?: NonNullable<Change['flaw']>
  /** How long every disk takes. */
  readonly syncMs?: Swarm['syncMs']
  /** More members lie than may. */
  readonly overFault?: true
}

/**
 * A product with one rule broken, as data: the simulator makes it while it loads the product, in a
 * thread of its own. The product has no switch for it.
 */
export type Mutant = {
  readonly name: string
  /** The rule that holds no more, by its place in the design. */
  readonly breaks: string
  /** Several where a rule is checked twice: by the one who acts, and by the one place that signs. */
  readonly patches: readonly Patch[]
  /** A checker must notice it within so many seeds, from 1 on. */
  readonly seeds: number
  readonly fit?: Fit
  /** Seen by venues that are cut off (`leases/`), of these seeds. */
  readonly leases?: true
  /**
   * What the product says as it throws, where its own assertion is what notices. Anything else that is
   * thrown is an accident of the mutation, and shows nothing.
   */
  readonly throws?: string
}

/** The source with every patch in its place; a piece that is not there exactly once is an error. */
export const patched = (source: string, patches: readonly Patch[]): string =>
  patches.reduce((text, { file, find, replace }) => {
    const parts = text.split(find)
    const [before, after] = parts
    if (before === undefined || after === undefined || parts.length !== 2) {
      throw new Error(`${file} holds ${parts.length - 1} times: ${find}`)
    }
    return before + replace + after
  }, source)
