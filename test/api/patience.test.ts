import { once } from 'node:events'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { createDoor } from '#api/door.ts'
import { DOOR_RATES } from '#api/guard.ts'
import { fakePorts } from './fake-ports.ts'

const open = () => {
  const door = createDoor(fakePorts(), { rates: DOOR_RATES, submissionWaitMs: 0 })
  return { door, raw: new ServerResponse(new IncomingMessage(new Socket())) }
}

test('nobody waits for a client that has left already', async () => {
  const { door, raw } = open()
  const left = once(raw, 'close')
  raw.destroy()
  raw.emit('close')
  await left
  expect(door.patience({ raw }).aborted).toBe(true)
})

test('a wait ends when its client leaves, and when the door closes', () => {
  const first = open()
  const signal = first.door.patience({ raw: first.raw })
  expect(signal.aborted).toBe(false)
  first.raw.emit('close')
  expect(signal.aborted).toBe(true)
  const second = open()
  const waited = second.door.patience({ raw: second.raw })
  second.door.close()
  expect(waited.aborted).toBe(true)
  expect(second.door.patience({ raw: second.raw }).aborted).toBe(true)
})

test('a wait that is left over ends with the answer', async () => {
  const { door, raw } = open()
  const waited = door.patience({ raw })
  const idle = door.patience({ raw })
  const told = once(waited, 'abort')
  Object.defineProperty(raw, 'writableFinished', { value: true })
  raw.emit('close')
  await told
  expect(waited.aborted).toBe(true)
  expect(idle.aborted).toBe(false)
})
