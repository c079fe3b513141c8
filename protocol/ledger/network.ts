import type { Key } from '../id.ts'
import type { Parameters } from '../state/parameters.ts'
import type { AuthoritiesRecord, NetworkRecord } from '../state/record.ts'
import type { View } from './view.ts'

/** The facts of the whole network; a state without them is our mistake. */
export const networkOf = (view: View): NetworkRecord => {
  const network = view.get('network', 'network')
  if (network === undefined) throw new Error('a state without its network record')
  return network
}

export const parametersOf = (view: View): Parameters => networkOf(view).parameters

/** Who votes; a state without them is our mistake. */
export const authoritiesOf = (view: View): AuthoritiesRecord => {
  const authorities = view.get('authorities', 'authorities')
  if (authorities === undefined) throw new Error('a state without its authorities')
  return authorities
}

/** The keys that sign votes, now or after the change that is in flight. */
export const consensusKeysOf = (view: View): ReadonlySet<Key> => {
  const { members, change } = authoritiesOf(view)
  return new Set([...members, ...(change?.members ?? [])].map(({ consensusKey }) => consensusKey))
}

/** Whether a key is an operator's of the present set. */
export const isOperator = (view: View, key: Key): boolean =>
  authoritiesOf(view).members.some(({ operatorKey }) => operatorKey === key)
