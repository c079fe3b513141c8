import type { Circuit, VenueNode } from './circuit.ts'

/** When each node could bring something to the ledger. */
export type Reach = {
  /** What is so may have changed. */
  readonly look: () => void
  /** The longest time between two others in which the node could deliver without a break. */
  readonly longest: (node: VenueNode, fromMs: number, toMs: number) => number
}

type Span = { readonly fromMs: number; toMs: number }

export const createReach = ({ nodes, chain, wallMs }: Circuit): Reach => {
  const spans = new Map<VenueNode, Span[]>(nodes.map((node) => [node, []]))
  const open = new Map<VenueNode, Span>()
  return {
    look: () => {
      for (const node of nodes) {
        const span = open.get(node)
        if (node.linked && node.machine.isUp() && chain.isLive()) {
          if (span !== undefined) continue
          const begun = { fromMs: wallMs(), toMs: Number.POSITIVE_INFINITY }
          open.set(node, begun)
          spans.get(node)?.push(begun)
        } else if (span !== undefined) {
          span.toMs = wallMs()
          open.delete(node)
        }
      }
    },
    longest: (node, fromMs, toMs) => {
      const lengths = (spans.get(node) ?? []).map(
        (span) => Math.min(toMs, span.toMs) - Math.max(fromMs, span.fromMs),
      )
      return Math.max(0, ...lengths)
    },
  }
}
