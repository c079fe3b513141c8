import type { AuthoritySet } from '#protocol/chain/authority-set.ts'

/** Index of the member that may propose in `view`: each in turn, in the order of the set. */
export const leaderOf = (
  committee: { readonly set: AuthoritySet; readonly leaderOffset: number },
  view: number,
): number => (view + committee.leaderOffset) % committee.set.members.length
