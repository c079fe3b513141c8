import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { Receipt } from '#protocol/proof/receipt.ts'
import { ChildNode } from '#scripts/federation/child-node.ts'
import { command, commandWhenReady } from '#scripts/federation/command.ts'
import { freePorts } from '#scripts/federation/ports.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e']
const WAIT = { timeout: 60_000, interval: 200 }

let directory: string
const nodes = new Map<string, ChildNode>()
const folderOf = (name: string): string => join(directory, name)
const at = (name: string): readonly string[] => ['--directory', folderOf(name)]

const start = async (name: string): Promise<void> => {
  const settings = { name, directory: folderOf(name), apiPort: 0, log: 'info' }
  const onLost = (reason: string): void => console.error(reason)
  nodes.set(name, await ChildNode.start({ ...settings, onLost }))
}

const cardOf = async (name: string): Promise<Record<string, string>> =>
  JSON.parse(await readFile(join(folderOf(name), 'authority.json'), 'utf8'))

/** Lets nodes in that no place registered: those that are to become authorities. */
const observe = async (name: string, names: readonly string[]): Promise<void> => {
  const file = join(folderOf(name), 'node.yaml')
  const settings = parse(await readFile(file, 'utf8'))
  const observers = await Promise.all(names.map(async (each) => (await cardOf(each))['peerId']))
  await writeFile(file, stringify({ ...settings, network: { ...settings.network, observers } }))
}

/** Signed at these nodes and submitted at the first of them. */
const change = async (words: readonly string[], signing: readonly string[]): Promise<void> => {
  const file = join(directory, 'change.json')
  const [first = ''] = signing
  await commandWhenReady('authority', 'propose', ...at(first), '--out', file, ...words)
  for (const name of signing) await commandWhenReady('authority', 'sign', file, ...at(name))
  await commandWhenReady('authority', 'submit', file, ...at(first))
}

const epochAt = async (name: string): Promise<unknown> =>
  (await command('authority', 'show', ...at(name)))['epoch']

/** All of these are in the epoch, and in touch. */
const expectEpoch = async (epoch: number, names: readonly string[]): Promise<void> => {
  for (const name of names) {
    await expect.poll(() => epochAt(name), WAIT).toBe(epoch)
    await expect
      .poll(async () => (await command('status', ...at(name)))['mode'], WAIT)
      .toBe('online')
  }
}

/** A card of the venue: a transaction that every authority must agree on. */
const registerCard = async (tag: string): Promise<number> => {
  const words = ['card', 'register', tag, '--activate', '--batch', `roll-${tag}`, ...at('venue')]
  return Number((await commandWhenReady(...words))['height'])
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kermesse-authorities-'))
  const ports = await freePorts(NAMES.length)
  for (const [index, name] of NAMES.entries()) {
    const founder = index === 0 ? ['--founder'] : []
    const port = String(ports[index])
    const words = ['--role', 'authority', '--name', name, '--port', port, '--development']
    await command('init', ...at(name), ...words, ...founder)
  }
  const genesis = join(directory, 'genesis.json')
  const card = join(folderOf('a'), 'authority.json')
  const named = ['--name', 'Growing', '--federation', 'Growing']
  await command('genesis', 'create', ...named, '--authority', card, '--out', genesis)
  for (const name of NAMES) await copyFile(genesis, join(folderOf(name), 'genesis.json'))
  for (const name of NAMES) await observe(name, NAMES)
  await start('a')
  const init = ['--role', 'venue', '--port', '0', '--development']
  await command('init', ...at('venue'), ...init)
  const { invitation } = await commandWhenReady('place', 'invite', ...at('a'))
  const joining = ['place', 'join', String(invitation), '--name', 'Venue', ...at('venue')]
  await commandWhenReady(...joining)
  await start('venue')
})

afterAll(async () => {
  await Promise.all([...nodes.values()].map((node) => node.kill()))
  await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
})

describe('a solo venue that becomes a federation, all nodes running', () => {
  test('grows to four authorities, and the venue goes on', async () => {
    expect(await registerCard('04A1B2C1')).toBeGreaterThan(0)
    for (const name of ['b', 'c', 'd']) await start(name)
    await expectEpoch(1, ['b', 'c', 'd'])
    const added = ['b', 'c', 'd'].flatMap((name) => [
      '--add',
      join(folderOf(name), 'authority.json'),
    ])
    await change(added, ['a', 'b', 'c', 'd'])
    await expectEpoch(2, ['a', 'b', 'c', 'd', 'venue'])
    expect(await registerCard('04A1B2C2')).toBeGreaterThan(0)
  })

  test('changes one authority for another while one is down', async () => {
    await start('e')
    await expectEpoch(2, ['e'])
    await nodes.get('c')?.kill()
    const gone = (await cardOf('d'))['consensusKey'] ?? ''
    const words = ['--remove', gone, '--add', join(folderOf('e'), 'authority.json')]
    await change(words, ['a', 'b', 'd', 'e'])
    await expectEpoch(3, ['a', 'b', 'e', 'venue'])
    await start('c')
    await expectEpoch(3, ['c', 'd'])
    expect(await registerCard('04A1B2C3')).toBeGreaterThan(0)
  })

  test('lets a venue in that an authority of the third epoch invites', async () => {
    const init = ['--role', 'venue', '--port', '0', '--development']
    await command('init', ...at('late'), ...init)
    const { invitation } = await commandWhenReady('place', 'invite', ...at('e'))
    const joining = ['place', 'join', String(invitation), '--name', 'Late', ...at('late')]
    expect((await commandWhenReady(...joining))['height']).toBeGreaterThan(0)
    await start('late')
    await expectEpoch(3, ['late'])
  })

  test('has receipts of the third epoch that the first genesis alone proves', async () => {
    const { apiKey } = await commandWhenReady('till', 'add', '--label', 'bar-1', ...at('venue'))
    const to = (await cardOf('a'))['operatorKey'] ?? ''
    const words = ['grant', 'issue', '--to', to, '--action', 'sale', ...at('venue')]
    const { id } = await commandWhenReady(...words)
    const { apiUrl } = nodes.get('venue') ?? {}
    const headers = { authorization: `Bearer ${String(apiKey)}` }
    const answer = await fetch(`${apiUrl}/v1/transactions/${String(id)}/receipt`, { headers })
    expect(answer.status).toBe(200)
    const receipt = Receipt.parse(await answer.json())
    expect(receipt.finality.epochs).toHaveLength(2)
    const file = join(directory, 'receipt.json')
    await writeFile(file, JSON.stringify(receipt))
    const genesis = join(directory, 'genesis.json')
    const proven = await command('receipt', 'verify', file, '--genesis', genesis)
    expect(proven).toMatchObject({ proven: true, outcome: 'applied', kind: 'grant.issue' })
    const { epochs: _, ...finality } = receipt.finality
    await writeFile(file, JSON.stringify({ ...receipt, finality }))
    await expect(command('receipt', 'verify', file, '--genesis', genesis)).rejects.toThrow(
      'authority_set_unknown',
    )
  })
})
