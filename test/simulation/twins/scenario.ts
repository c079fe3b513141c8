/** Members of the set: the fewest that tolerate a fault. */
export const MEMBERS = 4
/** One of them is two machines with one key; the second has the highest index. */
export const MACHINES = MEMBERS + 1
export const SECOND_TWIN = MACHINES - 1
/** Views in which the network is parted, the first ones: each member leads one of them. */
export const PARTED_VIEWS = 4
/** Ways to part five machines in two sides, the whole network among them. */
export const SPLITS = 2 ** (MACHINES - 1)
export const SCENARIOS = MEMBERS * SPLITS ** PARTED_VIEWS

/** Which member is two machines, and how the network is parted in each view. Plain data. */
export type Scenario = {
  /** 1 … `SCENARIOS`. */
  readonly id: number
  readonly twin: number
  /** Of views 1 … `PARTED_VIEWS`: bit i says whether machine i is apart from the second twin. */
  readonly splits: readonly number[]
}

/** The scenario of a number: from the most significant digit on, the twinned member and the splits. */
export const scenarioOf = (id: number): Scenario => {
  const splits: number[] = []
  let rest = id - 1
  for (let view = PARTED_VIEWS; view >= 1; view--) {
    splits.unshift(rest % SPLITS)
    rest = Math.floor(rest / SPLITS)
  }
  return { id, twin: rest, splits }
}

/** Whether two machines are on one side of a split. */
export const areTogether = (split: number, a: number, b: number): boolean =>
  (((split >> a) ^ (split >> b)) & 1) === 0

/** For a person: who is twinned, and the sides of each view. */
export const scenarioText = ({ id, twin, splits }: Scenario): string => {
  const names = Array.from({ length: MACHINES }, (_, machine) => machineName(machine, twin))
  const sides = splits.map((split) => {
    const side = (bit: number) => names.filter((_, machine) => ((split >> machine) & 1) === bit)
    return `{${side(0).join(' ')} | ${side(1).join(' ')}}`
  })
  return `scenario ${id}: member ${twin} is twins, ${sides.join(' ')}`
}

/** `m1`, or `m1a` and `m1b` of a member that is two. */
export const machineName = (machine: number, twin: number): string => {
  if (machine === SECOND_TWIN) return `m${twin}b`
  return machine === twin ? `m${machine}a` : `m${machine}`
}

export function* idsOf({ from, count }: { readonly from: number; readonly count: number }) {
  for (let id = from; id < from + count; id++) yield id
}
