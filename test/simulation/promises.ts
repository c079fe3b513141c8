import type { OutboxEnd, OutboxEntry } from '#node/outbox/outbox.ts'
import { paymentName } from '#node/storage/local-facts.ts'
import type { Hash } from '#protocol/hash.ts'
import { parseId } from '#protocol/id.ts'
import type { Machine } from './machine.ts'
import { isReliable, type Observation } from './observation.ts'

type Promised = {
  readonly machine: Machine
  readonly entry: OutboxEntry
  end: OutboxEnd['kind'] | undefined
}

/** What nodes have promised to bring to an outcome, and what became of it. */
export type Promises = {
  /** Submits at a machine; what it does not promise (it died) is nobody's loss. */
  readonly submit: (machine: Machine, entry: OutboxEntry) => void
  readonly see: (observation: Observation) => void
  /** Whether somebody was told how it ended. */
  readonly hasEnded: (entry: OutboxEntry) => boolean
  /** Promises without an outcome, each with the reason. */
  readonly open: () => readonly string[]
  /** How submissions ended. */
  readonly count: (end: OutboxEnd['kind']) => number
  readonly promised: () => number
}

export const createPromises = (): Promises => {
  const promised = new Map<string, Promised>()
  const ended = new Set<Hash>()
  const forget = (name: string): void => {
    for (const [key, { machine, end }] of promised) {
      if (machine.who.name === name && end === undefined) promised.delete(key)
    }
  }
  const keyOf = (name: string, { hash }: OutboxEntry): string => `${name}/${hash}`
  return {
    submit: (machine, entry) =>
      machine.submit(entry, () => {
        const key = keyOf(machine.who.name, entry)
        if (!promised.has(key)) promised.set(key, { machine, entry, end: undefined })
      }),
    see: (observation) => {
      if (observation.type === 'renewed') forget(observation.who.name)
      if (observation.type !== 'answer') return
      const { who, entry, end } = observation
      ended.add(entry.hash)
      const known = promised.get(keyOf(who.name, entry))
      if (known !== undefined) known.end = end.kind
    },
    hasEnded: ({ hash }) => ended.has(hash),
    open: () =>
      [...promised.values()].flatMap(({ machine, entry, end }) => {
        const missing = end === undefined ? missingAt(machine, entry) : undefined
        return missing === undefined ? [] : [`${entry.kind} ${entry.id} ${missing}`]
      }),
    count: (kind) => [...promised.values()].filter(({ end }) => end === kind).length,
    promised: () => promised.size,
  }
}

/** Why there is no outcome. One that came while nobody listened is in the store. */
const missingAt = (machine: Machine, entry: OutboxEntry): string | undefined => {
  const { name } = machine.who
  if (!isReliable(machine.who)) return undefined
  const process = machine.process()
  if (process === undefined) return `at ${name}, which is down`
  const { core, storage } = process
  if (core.outbox.find(entry.scope, entry.id).length > 0) return `still waits at ${name}`
  const { scope: text, id } = entry
  const scope = parseId('plc', text) ?? parseId('wal', text) ?? parseId('key', text)
  const recorded = scope && storage.reader.payment(scope, id)
  if (recorded !== undefined) return undefined
  const expired = storage.local.expired.get(paymentName(entry))
  // What a disk went back behind is no more than what its owner restored.
  const excused = expired !== undefined || machine.who.harm === 'directory'
  return excused ? undefined : `is lost at ${name}`
}
