import { expect, test } from 'vitest'
import { paymentId } from './fake-ports.ts'
import { openServer, post } from './open-server.ts'

test.each([
  ['tag', [{ tag: '04A1B2C3' }, { tag: '04:a1:b2:c3' }]],
  ['secret', [{ secret: '0'.repeat(32) }, { secret: 'A'.repeat(22) }]],
])('a roll with one card twice by its %s names the fault', async (name, cards) => {
  const strength = name === 'tag' ? 'weak' : 'secret'
  const body = { id: paymentId(), batch: 'spring', strength, cards }
  const answer = await post(await openServer(), '/v1/card-batches', body)
  expect(answer.json()).toMatchObject({
    code: 'request_invalid',
    errors: [{ in: 'body', pointer: '#/cards', detail: 'a card comes twice' }],
  })
})
