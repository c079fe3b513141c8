import type { Parameters } from '../state/parameters.ts'
import type { NetworkRecord } from '../state/record.ts'
import type { View } from './view.ts'

/** The facts of the whole network; a state without them is our mistake. */
export const networkOf = (view: View): NetworkRecord => {
  const network = view.get('network', 'network')
  if (network === undefined) throw new Error('a state without its network record')
  return network
}

export const parametersOf = (view: View): Parameters => networkOf(view).parameters
