import { describe, expect, test } from 'vitest'
import { CONTROL_COMMANDS, type ControlCommandName } from '#node/control/commands.ts'
import type { TestNode } from '#test/support/test-node.ts'
import { ROOMY_LIMITS } from '../../support/ledger-builders.ts'
import { createTestNode, seedOf } from '../../support/test-node.ts'
import { BAR, venueNode } from './venue-node.ts'

const run = async (node: TestNode, name: ControlCommandName, input: object = {}) =>
  await CONTROL_COMMANDS[name](input, node)

const must = async (
  node: TestNode,
  name: ControlCommandName,
  input: object = {},
): Promise<Readonly<Record<string, unknown>>> => {
  const answer = await run(node, name, input)
  if (!answer.ok) throw new Error(`${name}: ${answer.code} ${answer.message}`)
  return answer.result
}

/** A venue's node and the authority's, on one ledger. */
const both = async () => {
  const { world, node: venue } = await venueNode()
  const secrets = { operator: seedOf('operator') }
  const authority = await createTestNode(world, { role: 'authority', name: 'authority', secrets })
  return { world, venue, authority }
}

const CUPS = {
  code: 'CUPS',
  name: 'Cups',
  category: 'local',
  unit: 'EUR',
  scale: 2,
  transferable: false,
  cardLimits: ROOMY_LIMITS,
}

describe('a currency', () => {
  test('keeps the terms that an update does not name, and loses those it takes away', async () => {
    const { world, venue } = await both()
    const vat = 'multi_purpose'
    const { asset } = await must(venue, 'asset.create', { ...CUPS, cap: 9_000, vat })
    const id = String(asset)
    await must(venue, 'asset.update', { asset, name: 'Beakers', federations: [world.federation] })
    const shared = { name: 'Beakers', federations: [world.federation], cap: 9_000, vat }
    expect(world.get('asset', id)).toMatchObject(shared)
    await must(venue, 'asset.update', { asset, cap: null, vat: null })
    expect(world.get('asset', id).cap).toBeUndefined()
    expect(world.get('asset', id).vat).toBeUndefined()
    await must(venue, 'asset.archive', { asset })
    expect(world.get('asset', id).archived).toBe(true)
  })
})

describe('a federation', () => {
  test('is founded by an authority, joined as invited, and left', async () => {
    const { world, venue, authority } = await both()
    const founded = await must(authority, 'federation.create', { name: 'Quays', weakCards: false })
    const { federation } = founded
    const place = BAR
    expect(await run(venue, 'federation.accept', { federation })).toMatchObject({
      code: 'invitation_unknown',
    })
    await must(authority, 'federation.invite', { federation, place, hours: 24 })
    await must(venue, 'federation.accept', { federation })
    expect(world.get('place', place).federations).toContain(federation)
    await must(venue, 'federation.leave', { federation })
    expect(world.get('place', place).federations).toEqual([world.federation])
    await must(authority, 'federation.leave', { federation: world.federation, place })
    expect(world.get('place', place).federations).toEqual([])
  })

  test('is not founded at a venue', async () => {
    const { venue } = await both()
    const input = { name: 'Quays', weakCards: false }
    expect(await run(venue, 'federation.create', input)).toMatchObject({
      code: 'authority_required',
    })
  })
})

describe('a place', () => {
  test('is suspended by its authority, and leaves by its own word', async () => {
    const { world, venue, authority } = await both()
    const place = BAR
    const suspended = await must(authority, 'place.suspend', { place, suspended: true })
    expect(suspended).toMatchObject({ status: 'suspended' })
    await must(authority, 'place.suspend', { place, suspended: false })
    await must(venue, 'place.leave', { place })
    expect(world.get('place', place).status).toBe('leaving')
  })

  test('does not leave in the name of another', async () => {
    const { world, venue } = await both()
    const place = world.get('place', BAR).id.replace(/.$/, (last) => (last === 'q' ? 'p' : 'q'))
    expect(await run(venue, 'place.leave', { place })).toMatchObject({ code: 'malformed' })
  })
})
