import type { Errand } from '#api/ports/desk.ts'
import type { DeskAnswer } from '#api/ports/outcome.ts'
import type { GrantCaps } from '#protocol/transaction/kinds/grant.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { createMachine, type Machine } from './machine.ts'
import { type Bar, bar as barOf, openBar, startNode } from './solo-node.ts'

export const TAG = '04A1B2C3'

const opened: Bar[] = []

/** A running bar; `closeBars` ends it. */
export const openedBar = async (
  machine: Machine = createMachine(),
  caps: GrantCaps = {},
): Promise<Bar> => {
  const node = await startNode(machine)
  node.start()
  const bar = await openBar(node, caps)
  opened.push(bar)
  return bar
}

/** The bar of a machine whose node died and is up again; it makes no block before `start`. */
export const restarted = async (machine: Machine, { node, token, local }: Bar): Promise<Bar> => {
  await node.recent.reachStored(node.recent.head().height, new AbortController().signal)
  node.stop()
  machine.kill()
  const bar = await barOf(await startNode(machine), token, local)
  opened.push(bar)
  return bar
}

/** A bar with a loaded card whose node makes no block before `start`. */
export const haltedBar = async (machine: Machine, amount: number): Promise<Bar> => {
  const node = await startNode(machine)
  node.start()
  const bar = await openBar(node)
  await loadedCard(bar, amount)
  return restarted(machine, bar)
}

export const closeBars = (): void => {
  for (const { node } of opened.splice(0)) node.stop()
}

/** An active weak card with money on it. */
export const loadedCard = async ({ node, errand }: Bar, amount: number): Promise<void> => {
  const card = { tag: TAG }
  await node.desk.registerCard({ card, activate: true }, errand())
  const answer = await node.desk.topUp({ id: node.newId(), to: card, amount }, errand())
  if (answer.kind !== 'outcome' || answer.state.status !== 'applied') {
    throw new Error(JSON.stringify(answer))
  }
}

/** A payment by that card. */
export const pay = (
  { node }: Bar,
  errand: Errand,
  { id, amount }: { readonly id: PaymentId; readonly amount: number },
): Promise<DeskAnswer> =>
  node.desk.pay({ id, payers: [{ tag: TAG }], amount, unit: 'EUR', scale: 2 }, errand)

/** What the bar has of its own currency. */
export const takings = ({ node, place, local }: Bar): number => {
  const wallet = node.view().get('place', place)?.wallet
  return node.view().get('balance', `${wallet}/${local}`)?.available ?? 0
}
