import { placeIdOfKey } from '#protocol/derive.ts'
import { actor } from '../../support/actors.ts'
import { createWorld, OPERATOR, type World } from '../../support/ledger-builders.ts'
import { createTestNode, seedOf, type TestNode } from '../../support/test-node.ts'
import { registration } from '../../support/venue-builders.ts'

export const TAG_KEY = new Uint8Array(32).fill(9)
export const BAR = placeIdOfKey(actor('bar').key)

/** The node of a venue that has joined, and nothing more. */
export const venueNode = async (): Promise<{ readonly world: World; readonly node: TestNode }> => {
  const world = createWorld()
  const { body, consents } = registration(world, 'bar', { accepts: [world.euro] })
  const node = await createTestNode(world, {
    role: 'venue',
    name: 'bar',
    secrets: { place: seedOf('bar'), 'tag-key': TAG_KEY },
  })
  world.must(OPERATOR, body, { consents })
  return { world, node }
}

/** The node of the one authority of genesis. */
export const authorityNode = async (
  secrets: Readonly<Record<string, Uint8Array>> = {
    operator: seedOf('operator'),
    'tag-key': TAG_KEY,
  },
): Promise<TestNode> =>
  await createTestNode(createWorld(), { role: 'authority', name: 'authority', secrets })
