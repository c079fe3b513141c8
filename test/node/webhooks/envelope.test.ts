import { expect, test } from 'vitest'
import type { Entry } from '#api/ports/events.ts'
import { WEBHOOK_MESSAGES } from '#api/schemas/event-views.ts'
import { envelopeOf, testBody } from '#node/webhooks/envelope.ts'
import { blockEntry } from '../../api/event-source.ts'
import { event, TIME_MS } from '../../api/fake-ports.ts'

test.each<[keyof typeof WEBHOOK_MESSAGES, Entry]>([
  ['transaction.applied', { kind: 'transaction', event: event(), till: 'bar-1' }],
  ['transaction.applied', { kind: 'transaction', event: event({ facts: { visits: 2 } }) }],
  [
    'transaction.refused',
    {
      kind: 'transaction',
      event: event({ outcome: 'insufficient_funds', movements: [], facts: { missingAmount: 4 } }),
      till: 'bar-1',
    },
  ],
  ['block.final', blockEntry(7)],
])('a message of type %s is as the document says', (type, entry) => {
  const { id, body, timeMs } = envelopeOf(entry)
  const message: unknown = JSON.parse(body)
  expect(WEBHOOK_MESSAGES[type].parse(message)).toEqual(message)
  expect(id).toBe(`evt_${WEBHOOK_MESSAGES['block.final'].shape.cursor.parse(cursorIn(message))}`)
  expect(timeMs).toBe(TIME_MS)
})

test('a test is as the document says', () => {
  expect(WEBHOOK_MESSAGES['webhook.test'].parse(JSON.parse(testBody('whe_1', TIME_MS)))).toEqual(
    expect.objectContaining({ data: { webhook: 'whe_1' } }),
  )
})

const cursorIn = (message: unknown): unknown =>
  typeof message === 'object' && message !== null && 'cursor' in message ? message.cursor : ''
