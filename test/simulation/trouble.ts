import { encodeLinkMessage } from '#node/loop/link-message.ts'
import { planChanges, update } from './changes.ts'
import { FAULTS } from './faults.ts'
import { drawLoad } from './load.ts'
import { createRandom } from './random.ts'
import type { Run } from './run.ts'

/** The first phase: liars lie, faults strike, people pay, and nothing wrong may come of it. */
export const runTrouble = (run: Run): void => {
  const { federation, swarm } = run
  const { agenda } = federation
  const startMs = agenda.nowMs()
  federation.unleash()
  plan(run, startMs)
  planChanges(run, startMs)
  agenda.advance(startMs + swarm.troubledMs)
  heal(run)
}

const plan = (run: Run, startMs: number): void => {
  const { swarm, federation, promises, faults, marks } = run
  const { agenda } = federation
  for (const blow of swarm.plan) {
    const fault = FAULTS.find(({ name }) => name === blow.fault)
    if (fault === undefined) throw new Error(`no fault ${blow.fault}`)
    agenda.at(startMs + blow.atMs, () => {
      faults.count(fault.name)
      if (fault.name === 'replay' && federation.book.all().length > 1) marks.count(REPLAYED)
      const { machines, forMs, amount } = blow
      federation.tell('strike', `${fault.name} at ${machines.join()} for ${forMs} ms, ${amount}`)
      fault.strike(federation, blow)
    })
  }
  const random = createRandom(`load ${swarm.seed}`)
  for (const { atMs, machines, sign, flood } of drawLoad(swarm, {
    random,
    acts: createRandom(`acts ${swarm.seed}`),
    payments: federation.payments,
  })) {
    agenda.at(startMs + atMs, () => {
      marks.count(`load ${swarm.load}`)
      const entries = sign(federation.machine(0).wallMs())
      const texts = flood(federation.machine(0).wallMs())
      for (const machine of machines.map(federation.machine)) {
        for (const entry of entries) promises.submit(machine, entry)
        if (texts.length > 0) machine.deliver(STRANGER, bundleOf(texts), () => 'a flood')
      }
    })
  }
}

/** Messages of an epoch that is over arrive once more. */
export const REPLAYED = 'a replay after a boundary'

/** A venue that says what no venue says. */
const STRANGER = 'somebody'

const bundleOf = (transactions: readonly string[]): Uint8Array =>
  encodeLinkMessage({ type: 'bundle', transactions, toAll: false })

/** The last blow ends, and whoever is down starts again. */
const heal = (run: Run): void => {
  const { swarm, federation } = run
  const { agenda } = federation
  const ends = swarm.plan.map(({ atMs, forMs }) => atMs + forMs - swarm.troubledMs)
  agenda.advance(agenda.nowMs() + Math.max(1, ...ends) + 1)
  update(run)
  for (const machine of federation.machines) {
    machine.defuse()
    machine.disk.trouble(undefined)
    machine.boot()
  }
}
