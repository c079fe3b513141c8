import type { OutboxEntry } from '#node/outbox/outbox.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { Checker, ObservationOf } from '../observation.ts'

/**
 * Invariant 13: what somebody was told is never contradicted. An outcome is the one in the chain;
 * what was called expired is never executed, not before and not after.
 */
export const createAnswers = (): Checker => {
  const chain = new Map<string, LedgerEvent>()
  const executed = new Set<string>()
  const told = new Map<string, string>()
  const expired = new Map<string, string>()

  const onFinal = ({ block }: ObservationOf<'final'>): string | undefined => {
    for (const { hash } of block.transactions) {
      executed.add(hash)
      const teller = expired.get(hash)
      if (teller !== undefined) return `${hash} is executed, ${teller} called it expired`
    }
    for (const event of block.events) {
      const key = `${event.scope}/${event.id}`
      chain.set(key, event)
      const answer = told.get(key)
      if (answer !== undefined && answer !== JSON.stringify(event)) return `${key}: told otherwise`
    }
    return undefined
  }

  const onAnswer = ({ entry, end, who }: ObservationOf<'answer'>): string | undefined => {
    if (end.kind === 'expired') {
      if (executed.has(entry.hash)) return `${entry.hash} was executed, and is called expired`
      expired.set(entry.hash, who.name)
      return undefined
    }
    const text = JSON.stringify(end.event)
    const recorded = chain.get(keyOf(entry))
    told.set(keyOf(entry), text)
    return recorded === undefined || JSON.stringify(recorded) === text
      ? undefined
      : `${keyOf(entry)}: told otherwise than the chain says`
  }

  return {
    name: 'answers',
    see: (observation) => {
      if (!observation.who.honest) return undefined
      if (observation.type === 'final') return onFinal(observation)
      return observation.type === 'answer' ? onAnswer(observation) : undefined
    },
  }
}

const keyOf = ({ scope, id }: OutboxEntry): string => `${scope}/${id}`
