/** Who takes part: names of nodes, and what of them the machine lets us harm. */
export type Cast = {
  readonly authorities: readonly string[]
  readonly venues: readonly string[]
  /** Nodes whose disk can be filled and made read-only. */
  readonly disks: readonly string[]
  /** Nodes that can be refused to write. */
  readonly writers: readonly string[]
  /** Nodes whose clock can be set. */
  readonly clocks: readonly string[]
}

export const namesOf = ({ authorities, venues }: Cast): readonly string[] => [
  ...authorities,
  ...venues,
]

/** How many of the authorities must agree. */
export const quorumOf = ({ authorities }: Cast): number =>
  authorities.length - Math.floor((authorities.length - 1) / 3)

/** Whether a quorum of the authorities is among these. */
export const hasQuorum = (cast: Cast, names: readonly string[]): boolean =>
  names.filter((name) => cast.authorities.includes(name)).length >= quorumOf(cast)
