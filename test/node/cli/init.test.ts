import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadGenesis } from '#config/genesis-file.ts'
import { loadConfig } from '#config/load-config.ts'
import { KeyStore } from '#node/keys/key-store.ts'
import { openCli } from './cli-runner.ts'

const PASSPHRASE = 'correct horse battery'
const GIVEN = { environment: { KERMESSE_PASSPHRASE: PASSPHRASE } }

describe('kermesse init', () => {
  test.each([
    ['authority', ['network', 'consensus', 'operator']],
    ['venue', ['network', 'place']],
    ['observer', ['network']],
  ])('makes the folder of an %s with the keys it needs', async (role, names) => {
    const cli = openCli(GIVEN)
    await cli.must('init', '--role', role, '--directory', 'node')
    const folder = join(cli.directory, 'node')
    expect((await KeyStore.open(join(folder, 'keys.json'), PASSPHRASE)).names()).toEqual(names)
    expect(loadConfig(join(folder, 'node.yaml'), {})).toMatchObject({
      ok: true,
      config: { role, network: { listen: ['/ip4/127.0.0.1/tcp/4001'] } },
    })
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  test('never overwrites keys', async () => {
    const cli = openCli(GIVEN)
    await cli.must('init', '--role', 'venue', '--directory', 'node')
    const before = readFileSync(join(cli.directory, 'node/keys.json'), 'utf8')
    const again = await cli.run('init', '--role', 'venue', '--directory', 'node', '--json')
    expect(again).toMatchObject({ exitCode: 1, json: { error: { code: 'already_initialised' } } })
    expect(readFileSync(join(cli.directory, 'node/keys.json'), 'utf8')).toBe(before)
  })

  test('says loudly that development keys are worth nothing', async () => {
    const cli = openCli()
    const made = await cli.run('init', '--role', 'venue', '--directory', 'node', '--development')
    expect(made.exitCode).toBe(0)
    expect(made.errors).toContain('WARNING')
    expect(await cli.must('key', 'list', '--directory', 'node')).toMatchObject({
      keys: [{ name: 'network' }, { name: 'place' }],
    })
    const passphrase = join(cli.directory, 'node/development-passphrase')
    expect(statSync(passphrase).mode & 0o777).toBe(0o600)
  })

  test('prints no secret', async () => {
    const cli = openCli(GIVEN)
    const words = ['init', '--role', 'authority', '--founder', '--directory', 'node', '--json']
    const { output, errors } = await cli.run(...words)
    const keys = await KeyStore.open(join(cli.directory, 'node/keys.json'), PASSPHRASE)
    const public_ = readFileSync(join(cli.directory, 'node/authority.json'), 'utf8')
    for (const name of keys.names()) {
      for (const encoding of ['hex', 'base64', 'base64url'] as const) {
        const secret = Buffer.from(keys.get(name) ?? []).toString(encoding)
        expect(output + errors + public_).not.toContain(secret)
      }
    }
  })

  test.each([
    ['no passphrase at all', {}, 'passphrase_missing', 4],
    ['a short one', { KERMESSE_PASSPHRASE: 'short' }, 'passphrase_weak', 2],
    ['a file that is not there', { KERMESSE_PASSPHRASE_FILE: '/none' }, 'passphrase_missing', 1],
  ])('with %s makes nothing', async (_, environment, code, exitCode) => {
    const cli = openCli({ environment })
    const made = await cli.run('init', '--role', 'venue', '--directory', 'node', '--json')
    expect(made).toMatchObject({ exitCode, json: { error: { code } } })
    expect(readdirSync(cli.directory)).toEqual([])
  })

  test('takes the passphrase of a person who types it twice alike', async () => {
    const typed = ['five words are long enough', 'five words are long enough']
    const cli = openCli({ askSecret: async () => typed.shift() ?? '' })
    await cli.must('init', '--role', 'venue', '--directory', 'node')
    const different = ['five words are long enough', 'five words are not enough']
    const other = openCli({ askSecret: async () => different.shift() ?? '' })
    expect(await other.run('init', '--role', 'venue', '--directory', 'n', '--json')).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'passphrase_differs' } },
    })
  })

  test('takes it from a file, also as a system credential', async () => {
    const { directory } = openCli()
    writeFileSync(join(directory, 'kermesse-passphrase'), `${PASSPHRASE}\n`)
    for (const environment of [
      { CREDENTIALS_DIRECTORY: directory },
      { KERMESSE_PASSPHRASE_FILE: join(directory, 'kermesse-passphrase') },
    ]) {
      const cli = openCli({ environment })
      await cli.must('init', '--role', 'venue', '--directory', 'node')
      await KeyStore.open(join(cli.directory, 'node/keys.json'), PASSPHRASE)
    }
  })
})

describe('kermesse genesis create', () => {
  const founded = async (authorities: number, ...options: readonly string[]) => {
    const cli = openCli(GIVEN)
    const cards: string[] = []
    for (let index = 1; index <= authorities; index += 1) {
      const founder = index === 1 ? ['--founder'] : []
      const port = String(4000 + index)
      const folder = `a${index}`
      const place = ['--directory', folder, '--port', port]
      await cli.must('init', '--role', 'authority', ...place, ...founder)
      cards.push(`${folder}/authority.json`)
    }
    const words = ['genesis', 'create', '--name', 'Test', '--authority', ...cards, ...options]
    return { cli, created: await cli.run(...words, '--json') }
  }

  test('collects the cards of four authorities and founds a federation', async () => {
    const { cli, created } = await founded(4, '--federation', 'Riverside')
    expect(created.exitCode).toBe(0)
    const loaded = loadGenesis(join(cli.directory, 'genesis.json'))
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
    const { federation, authorities } = loaded.genesis
    expect(authorities).toHaveLength(4)
    expect(federation?.admins).toEqual(authorities.map(({ operatorKey }) => operatorKey))
    expect(created.json).toMatchObject({ networkId: loaded.networkId })
    const hash = await cli.run('genesis', 'hash', 'genesis.json')
    expect(hash.output).toBe(loaded.networkId)
    expect(await cli.must('genesis', 'show', 'genesis.json')).toMatchObject({ name: 'Test' })
  }, 30_000)

  test.each([2, 3])('refuses %i authorities', async (count) => {
    const { created } = await founded(count)
    expect(created).toMatchObject({ exitCode: 2, json: { error: { code: 'genesis_invalid' } } })
  })

  test('overwrites no genesis', async () => {
    const { cli } = await founded(1)
    const words = ['genesis', 'create', '--name', 'Other', '--authority', 'a1/authority.json']
    expect(await cli.run(...words, '--json')).toMatchObject({
      exitCode: 1,
      json: { error: { code: 'file_exists' } },
    })
  })

  test('gives a fixed currency to its owner', async () => {
    const owner = 'key1c3w2y098v5fclq7zed3nl9r4prdh3jpraft5vhvu65f4pew5jusspnta6e'
    const { cli } = await founded(1, '--fixed', `MEDAL:1000:${owner}`)
    const loaded = loadGenesis(join(cli.directory, 'genesis.json'))
    expect(loaded.ok && loaded.genesis.fixedAssets).toMatchObject([
      { code: 'MEDAL', supply: 1000, owner },
    ])
  })

  test('wants a gateway key for a federation', async () => {
    const cli = openCli(GIVEN)
    await cli.must('init', '--role', 'authority', '--directory', 'a1')
    const words = ['genesis', 'create', '--name', 'T', '--authority', 'a1/authority.json']
    expect(await cli.run(...words, '--federation', 'T', '--json')).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'gateway_missing' } },
    })
  })
})

describe('kermesse key generate', () => {
  test('adds the gateway key once', async () => {
    const cli = openCli(GIVEN)
    await cli.must('init', '--role', 'authority', '--directory', 'a1')
    const words = ['key', 'generate', 'gateway', '--directory', 'a1']
    expect(await cli.must(...words)).toMatchObject({ name: 'gateway', key: expect.any(String) })
    expect(await cli.run(...words, '--json')).toMatchObject({
      exitCode: 1,
      json: { error: { code: 'key_exists' } },
    })
  })

  test('refuses to make again what a node cannot live without', async () => {
    const cli = openCli(GIVEN)
    await cli.must('init', '--role', 'authority', '--directory', 'a1')
    expect(await cli.run('key', 'generate', 'consensus', '--directory', 'a1')).toMatchObject({
      exitCode: 2,
    })
  })
})
