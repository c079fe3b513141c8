import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startControl } from '#node/control/server.ts'
import { authority, FIRST, type TestAuthority } from '#test/support/authority-builders.ts'
import { createWorld, type World } from '#test/support/ledger-builders.ts'
import { createTestNode, seedOf } from '#test/support/test-node.ts'
import { type Cli, openCli } from './cli-runner.ts'

const OTHERS = ['b', 'c', 'd']
const FILE = 'change.json'

/** A running node of an authority, or of one that is to be one, in a folder of its own. */
const runNode = async (cli: Cli, world: World, of: TestAuthority, name: string): Promise<void> => {
  const folder = join(cli.directory, name)
  const dataDirectory = join(folder, 'data')
  mkdirSync(dataDirectory, { recursive: true })
  writeFileSync(join(folder, 'node.yaml'), 'role: authority\n')
  writeFileSync(join(folder, 'authority.json'), JSON.stringify(of.member))
  const secrets = {
    consensus: seedOf(of.consensus.name),
    operator: seedOf(of.operator.name),
  }
  const operations = await createTestNode(world, { role: 'authority', name, secrets })
  const server = await startControl({ dataDirectory, operations, onError: console.error })
  onTestFinished(() => server.stop())
}

/** A solo venue, and three nodes that are to join it. */
const founded = async () => {
  const cli = openCli()
  const world = createWorld()
  await runNode(cli, world, FIRST, 'authority')
  for (const name of OTHERS) await runNode(cli, world, authority(name), name)
  const at = (name: string) => ['--directory', name]
  const additions = OTHERS.flatMap((name) => ['--add', `${name}/authority.json`])
  const propose = (...words: readonly string[]) =>
    cli.run('authority', 'propose', '--out', FILE, ...at('authority'), ...words, '--json')
  return { cli, world, at, additions, propose }
}

const fileIn = (cli: Cli, name = FILE) =>
  JSON.parse(readFileSync(join(cli.directory, name), 'utf8'))

describe('a change of authorities by the command line', () => {
  test('is proposed, signed at each node and submitted', async () => {
    const { cli, world, at, additions, propose } = await founded()
    const before = await cli.must('authority', 'show', ...at('authority'))
    expect(before).toMatchObject({ epoch: 1, version: 1, quorum: 1, members: [FIRST.member] })
    expect((await propose(...additions)).json).toMatchObject({ epoch: 2, authorities: 4 })
    const signed = await cli.must('authority', 'sign', FILE, ...at('authority'))
    expect(signed).toMatchObject({ consented: true, ready: true, consents: 1, readies: 1 })
    const joining = await cli.must('authority', 'sign', FILE, ...at('b'))
    expect(joining).toMatchObject({ consented: false, ready: true, consents: 1, readies: 2 })
    for (const name of ['b', 'c', 'd']) await cli.must('authority', 'sign', FILE, ...at(name))
    expect(fileIn(cli)).toMatchObject({ consents: [expect.any(String)] })
    expect(fileIn(cli).ready).toHaveLength(4)
    const { sealed } = await cli.must('authority', 'submit', FILE, ...at('authority'))
    expect(sealed).toBe(world.height())
    const after = await cli.must('authority', 'show', ...at('authority'))
    expect(after).toMatchObject({ epoch: 2 })
    world.execute([])
    expect(world.get('authorities', 'authorities')).toMatchObject({ epoch: 2 })
    expect(world.get('authorities', 'authorities').members).toHaveLength(4)
  })

  test('is put together from copies that were signed apart', async () => {
    const { cli, at, additions, propose } = await founded()
    await propose(...additions)
    const copies = ['authority', ...OTHERS].map((name) => {
      const copy = `${name}.json`
      cpSync(join(cli.directory, FILE), join(cli.directory, copy))
      return { name, copy }
    })
    for (const { name, copy } of copies) await cli.must('authority', 'sign', copy, ...at(name))
    const words = copies.map(({ copy }) => copy)
    const { epoch } = await cli.must('authority', 'submit', ...words, ...at('authority'))
    expect(epoch).toBe(2)
  })

  test('is refused by the ledger when somebody who joins has not signed', async () => {
    const { cli, at, additions, propose } = await founded()
    await propose(...additions)
    for (const name of ['authority', 'b', 'c']) {
      await cli.must('authority', 'sign', FILE, ...at(name))
    }
    const { exitCode, json } = await cli.run(
      'authority',
      'submit',
      FILE,
      ...at('authority'),
      '--json',
    )
    expect([exitCode, json]).toMatchObject([1, { error: { code: 'ready_missing' } }])
  })

  test.each([
    ['two authorities', ['--add', 'b/authority.json'], 'change_invalid'],
    [
      'somebody who is none leaving',
      ['--remove', authority('b').member.consensusKey],
      'authority_unknown',
    ],
    ['a card that is none', ['--add', 'b/node.yaml'], 'authority_card_invalid'],
  ])('is not written with %s', async (_, words, code) => {
    const { propose } = await founded()
    expect((await propose(...words)).json).toMatchObject({ error: { code } })
  })

  test.each<[string, object, string]>([
    [
      'of another network',
      { network: 'net1pf42ww9wu6qs8vx957p7cw8k3dnp2aquarcrmsfu2gq08jqsq3es53e56r' },
      'wrong_network',
    ],
    ['of another epoch', { epoch: 3 }, 'epoch_mismatch'],
    ['that has expired', { exp: 1 }, 'expired'],
    ['that is no change', { epoch: 'x' }, 'change_invalid'],
  ])('%s is not signed', async (_, edit, code) => {
    const { cli, at, additions, propose } = await founded()
    await propose(...additions)
    writeFileSync(join(cli.directory, FILE), JSON.stringify({ ...fileIn(cli), ...edit }))
    const { json } = await cli.run('authority', 'sign', FILE, ...at('authority'), '--json')
    expect(json).toMatchObject({ error: { code } })
  })

  test('is not signed by a node that has no part in it', async () => {
    const { cli, at, propose } = await founded()
    await propose()
    const { json } = await cli.run('authority', 'sign', FILE, ...at('b'), '--json')
    expect(json).toMatchObject({ error: { code: 'nothing_to_sign' } })
  })

  test('is not submitted from files of two changes', async () => {
    const { cli, at, additions, propose } = await founded()
    await propose(...additions)
    cpSync(join(cli.directory, FILE), join(cli.directory, 'other.json'))
    await propose()
    const words = ['authority', 'submit', FILE, 'other.json', ...at('authority'), '--json']
    expect((await cli.run(...words)).json).toMatchObject({ error: { code: 'changes_differ' } })
  })
})
