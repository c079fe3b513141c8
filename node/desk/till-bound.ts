import type { GrantAction } from '#protocol/transaction/kinds/grant.ts'

/**
 * The till that a grant is bound to: the one it is made for. One that hands rights on is bound to none,
 * since everything under it would be that one till.
 */
export const tillBound = (
  label: string | undefined,
  actions: readonly GrantAction[],
): { readonly till?: string } =>
  label === undefined || actions.includes('grant.issue') ? {} : { till: label }
