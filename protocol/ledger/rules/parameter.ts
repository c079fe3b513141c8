import type { ParameterChange } from '../../transaction/kinds/parameter.ts'
import { networkOf } from '../network.ts'
import { applied, type Judgement, type RuleContext, refuse, writing } from '../rule.ts'
import { judgeOperators } from '../threshold.ts'
import type { View } from '../view.ts'

/** Bounds of use change with the next block; what is not named stays. */
export const changeParameters = (
  view: View,
  body: ParameterChange,
  context: RuleContext,
): Judgement => {
  const code = judgeOperators(view, context, body)
  if (code !== undefined) return refuse(code)
  const network = networkOf(view)
  const present = network.parameters
  const parameters = {
    ...present,
    refusedPerHour: body.refusedPerHour ?? present.refusedPerHour,
    walletsPerDay: body.walletsPerDay ?? present.walletsPerDay,
    forgetPerBlock: body.forgetPerBlock ?? present.forgetPerBlock,
  }
  return applied({ writes: [writing('network', 'network', { ...network, parameters })] })
}
