import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startControl } from '#node/control/server.ts'
import { encodeInvitation } from '#node/join/invitation.ts'
import { encodeId } from '#protocol/id.ts'
import { KINDS } from '#protocol/ledger/kinds.ts'
import { peerId } from '../../support/actors.ts'
import { BAR, venueNode } from '../control/venue-node.ts'
import { type Cli, openCli } from './cli-runner.ts'

describe('every command', () => {
  const paths = [
    'init',
    'genesis create',
    'genesis show',
    'genesis hash',
    'node run',
    'authority show',
    'authority propose',
    'authority sign',
    'authority submit',
    'place invite',
    'place join',
    'place show',
    'place leave',
    'place suspend',
    'asset create',
    'asset list',
    'asset update',
    'asset archive',
    'federation create',
    'federation invite',
    'federation accept',
    'federation leave',
    'till add',
    'till list',
    'till revoke',
    'grant issue',
    'grant revoke',
    'grant list',
    'card register',
    'card batch',
    'card activate',
    'card block',
    'card show',
    'pay',
    'lease capture',
    'lease show',
    'status',
    'metrics',
    'receipt verify',
    'ledger assets',
    'ledger kinds',
    'ledger halt',
    'key list',
    'key generate',
    'config check',
  ]

  test.each(paths)('%s explains itself', async (path) => {
    const { exitCode, output } = await openCli().run(...path.split(' '), '--help')
    expect(exitCode).toBe(0)
    expect(output).toContain(`Usage: kermesse ${path}`)
    expect(output).toContain('--json')
  })

  test.each([
    [],
    ['dance'],
    ['place'],
    ['place', 'leave'],
    ['pay'],
    ['pay', '--amount', '6.50'],
    ['status', '--loud'],
    ['status', 'more'],
    ['init', '--role', 'bank', '--directory', 'x'],
  ])('that is typed wrong ends with 2 and a hint: %#', async (...words) => {
    const { exitCode, errors } = await openCli().run(...words)
    expect(exitCode).toBe(2)
    expect(errors).toContain('To do: ')
  })

  test('with --json tells its failure in one JSON object too', async () => {
    const { exitCode, json } = await openCli().run('pay', '--json')
    expect(exitCode).toBe(2)
    expect(json).toMatchObject({ error: { code: 'usage', message: expect.any(String) } })
  })
})

describe('without a running node', () => {
  test('a command says how to start it, and ends with 4', async () => {
    const cli = openCli()
    writeFileSync(join(cli.directory, 'node.yaml'), 'role: venue\n')
    const { exitCode, errors } = await cli.run('status')
    expect(exitCode).toBe(4)
    expect(errors).toContain('kermesse node run')
  })

  test('and without a folder, what is missing', async () => {
    const { exitCode, errors } = await openCli().run('status')
    expect(exitCode).toBe(1)
    expect(errors).toContain('kermesse init')
  })
})

describe('kermesse config check', () => {
  test('shows the values in force', async () => {
    const cli = openCli({ environment: { KERMESSE_API_PORT: '5000' } })
    writeFileSync(join(cli.directory, 'node.yaml'), 'role: venue\n')
    expect(await cli.must('config', 'check')).toMatchObject({ config: { api: { port: 5000 } } })
  })

  test('names the path, what was given and what is allowed', async () => {
    const cli = openCli()
    writeFileSync(join(cli.directory, 'node.yaml'), 'role: venue\nlog: loud\n')
    const { exitCode, errors } = await cli.run('config', 'check')
    expect(exitCode).toBe(1)
    expect(errors).toMatch(/log: .*"debug".*, not loud/)
  })
})

test('kermesse ledger kinds names every kind with its codes', async () => {
  const { kinds } = await openCli().must('ledger', 'kinds')
  expect(kinds).toHaveLength(Object.keys(KINDS).length)
  expect(kinds).toContainEqual(
    expect.objectContaining({
      kind: 'sale',
      signer: 'place',
      codes: expect.arrayContaining(['insufficient_funds']),
    }),
  )
})

describe('kermesse place join', () => {
  const venue = async (): Promise<Cli> => {
    const cli = openCli()
    await cli.must('init', '--role', 'venue', '--directory', '.', '--development')
    return cli
  }
  const invitation = (expiresAtMs: number, port: number): string =>
    encodeInvitation({
      networkId: encodeId('net', new Uint8Array(32)),
      peerId: peerId('authority'),
      secret: new Uint8Array(32),
      expiresAtMs,
      addresses: [`/ip4/127.0.0.1/tcp/${port}`],
    })

  test('refuses what is no invitation, or an old one', async () => {
    const cli = await venue()
    const codeOf = async (text: string) =>
      (await cli.run('place', 'join', text, '--name', 'Bar', '--json')).json
    expect(await codeOf('kermesse1abc')).toMatchObject({ error: { code: 'invitation_malformed' } })
    expect(await codeOf(invitation(1, 1))).toMatchObject({ error: { code: 'invitation_expired' } })
  })

  test('ends with 3 when the authority is out of reach', async () => {
    const cli = await venue()
    const words = ['place', 'join', invitation(Date.now() + 60_000, 1), '--name', 'Bar', '--json']
    expect(await cli.run(...words)).toMatchObject({
      exitCode: 3,
      json: { error: { code: 'unreachable' } },
    })
  })

  test('joins no second network from one folder', async () => {
    const cli = await venue()
    writeFileSync(join(cli.directory, 'genesis.json'), '{}')
    const words = ['place', 'join', invitation(Date.now() + 60_000, 1), '--name', 'Bar', '--json']
    expect(await cli.run(...words)).toMatchObject({
      exitCode: 1,
      json: { error: { code: 'already_joined' } },
    })
  })
})

describe('beside a running venue', () => {
  const running = async () => {
    const cli = openCli()
    writeFileSync(join(cli.directory, 'node.yaml'), 'role: venue\n')
    const dataDirectory = join(cli.directory, 'data')
    mkdirSync(dataDirectory)
    const { node, world } = await venueNode()
    const server = await startControl({ dataDirectory, operations: node, onError: console.error })
    onTestFinished(() => server.stop())
    return { cli, world }
  }

  test('figures are printed as a collector reads them', async () => {
    const { cli } = await running()
    const { exitCode, output } = await cli.run('metrics')
    expect([exitCode, output]).toEqual([0, '# HELP kermesse_peers Linked peers\nkermesse_peers 0'])
  })

  test('an evening can be set up: a currency, cards, a till', async () => {
    const { cli } = await running()
    expect(await cli.must('status')).toMatchObject({ place: BAR })
    await cli.must('asset', 'create', '--code', 'CUPS')
    await cli.must('card', 'register', '04A1B2C3', '--activate', '--federation')
    const { output } = await cli.run('till', 'add', '--label', 'bar-1', '--cap-day', '100000')
    expect(output).toContain('krm_live_1')
    expect(await cli.must('card', 'show', '04A1B2C3')).toMatchObject({ state: 'active' })
    const paid = await cli.run('pay', '--card', '04A1B2C3', '--amount', '650', '--json')
    expect(paid).toMatchObject({ exitCode: 1, json: { error: { code: 'insufficient_funds' } } })
    const { grants } = await cli.must('grant', 'list')
    expect(grants).toMatchObject([{ till: 'bar-1', caps: { day: 100_000 } }])
  })

  test('new secret cards are in their file before the ledger knows them', async () => {
    const { cli, world } = await running()
    const words = ['card', 'batch', '--secrets', '3', '--out', 'cards.txt', '--batch', 'first']
    const { cards } = await cli.must(...words)
    expect(cards).toHaveLength(3)
    expect([...world.ledger.state.entries('card')]).toHaveLength(3)
    expect(await cli.run(...words, '--json')).toMatchObject({
      json: { error: { code: 'file_exists' } },
    })
  })

  test('a roll of tags is read from a file', async () => {
    const { cli } = await running()
    writeFileSync(join(cli.directory, 'tags.txt'), '04A1B2C3\n04A1B2C4\n\n')
    const { cards } = await cli.must('card', 'batch', '--tags', 'tags.txt', '--batch', 'roll')
    expect(cards).toHaveLength(2)
  })

  test('keys are not changed under it', async () => {
    const { cli } = await running()
    expect(await cli.run('key', 'generate', 'gateway', '--json')).toMatchObject({
      exitCode: 1,
      json: { error: { code: 'node_running' } },
    })
  })
})

describe('kermesse receipt verify', () => {
  test('asks whom to trust when nothing says so', async () => {
    const cli = openCli()
    writeFileSync(join(cli.directory, 'r.json'), '{}')
    expect(await cli.run('receipt', 'verify', 'r.json', '--json')).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'genesis_missing' } },
    })
  })

  test('proves nothing from what is no receipt, and ends with 1', async () => {
    const cli = openCli()
    await cli.must('init', '--role', 'authority', '--directory', 'a1', '--development')
    const card = join(cli.directory, 'a1/authority.json')
    mkdirSync(join(cli.directory, '.federation'))
    const out = ['--out', '.federation/genesis.json']
    await cli.must('genesis', 'create', '--name', 'Test', '--authority', card, ...out)
    for (const text of ['', '{}', '{"format":"kermesse-receipt-1"}', 'x'.repeat(300_000)]) {
      writeFileSync(join(cli.directory, 'r.json'), text)
      expect(await cli.run('receipt', 'verify', 'r.json', '--json')).toMatchObject({
        exitCode: 1,
        json: { error: { code: 'proof_malformed' } },
      })
    }
    expect(await cli.run('receipt', 'verify', 'none.json', '--json')).toMatchObject({
      exitCode: 1,
      json: { error: { code: 'io_failed' } },
    })
  })
})
