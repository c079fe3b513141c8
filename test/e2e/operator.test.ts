import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { command, commandWhenReady } from '#scripts/federation/command.ts'
import { FederationError } from '#scripts/federation/federation-error.ts'

const SCRIPT = join(import.meta.dirname, '../../scripts/federation.ts')
const LAUNCHER = join(import.meta.dirname, '../../node/kermesse.mjs')

const Started = z.object({
  ready: z.literal(true),
  authorities: z.array(z.object({ directory: z.string(), pid: z.int() })),
  venues: z.array(
    z.object({ directory: z.string(), pid: z.int(), apiKey: z.string(), placeId: z.string() }),
  ),
})
type Started = z.infer<typeof Started>

type Federation = { readonly child: ChildProcess; readonly started: Started }

let directory: string
let federation: Federation

/** `npm start` as an operator runs it, on free ports; resolves when it says that it is ready. */
const start = async (): Promise<Federation> => {
  const words = [SCRIPT, '--directory', join(directory, 'federation'), '--free-ports', '--json']
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const { promise, resolve, reject } = Promise.withResolvers<Started>()
  createInterface({ input: child.stdout }).on('line', (line) =>
    resolve(Started.parse(JSON.parse(line))),
  )
  child.once('exit', (code) => reject(new Error(`npm start ended with ${code}`)))
  return { child, started: await promise }
}

const exitOf = (child: ChildProcess): Promise<number | string | null> =>
  new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)))

const pidsOf = ({ authorities, venues }: Started): readonly number[] =>
  [...authorities, ...venues].map(({ pid }) => pid)

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    // No such process.
    return false
  }
}

const venueOf = ({ started }: Federation) => {
  const [venue] = started.venues
  if (venue === undefined) throw new Error('no venue')
  return venue
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kermesse-operator-'))
  federation = await start()
})

afterAll(async () => {
  federation?.child.kill('SIGKILL')
  await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
})

describe('a local federation', () => {
  test('runs four authorities and two venues, each venue with a till', () => {
    const { authorities, venues } = federation.started
    expect([authorities.length, venues.length]).toEqual([4, 2])
    for (const { apiKey } of venues) expect(apiKey).toMatch(/^krm_live_/)
  })

  test('lets nobody run a second node on the same data', async () => {
    const words = [LAUNCHER, 'node', 'run', '--directory', venueOf(federation).directory]
    const second = spawn(process.execPath, [
      ...words,
      '--json',
      '--api-port',
      '0',
      '--log',
      'silent',
    ])
    let output = ''
    second.stdout.on('data', (chunk) => {
      output += chunk
    })
    expect(await exitOf(second)).toBe(1)
    expect(output).toContain('data_directory_in_use')
    const status = await command('status', '--directory', venueOf(federation).directory)
    expect(status['mode']).toBe('online')
  })

  test('answers the ordinary commands beside each node', async () => {
    const { directory: folder, placeId } = venueOf(federation)
    const place = await command('place', 'show', '--directory', folder)
    expect(place).toMatchObject({ place: placeId, status: 'active' })
    const tag = ['card', 'register', '04A1B2C3', '--activate', '--directory', folder]
    expect(await command(...tag)).toMatchObject({ height: expect.any(Number) })
    const pay = ['pay', '--card', '04A1B2C3', '--amount', '100', '--directory', folder]
    await expect(command(...pay)).rejects.toThrow('insufficient_funds')
  })

  test('takes a third venue in with two commands', async () => {
    const [inviting] = federation.started.authorities
    const folder = join(directory, 'third')
    const init = ['init', '--role', 'venue', '--directory', folder, '--port', '0', '--development']
    await command(...init)
    const invited = await command('place', 'invite', '--directory', inviting?.directory ?? '')
    const entering = ['place', 'join', String(invited['invitation']), '--directory', folder]
    const joined = await commandWhenReady(...entering, '--name', 'Third')
    expect(joined).toMatchObject({ place: expect.stringMatching(/^plc1/) })
    await expect(command(...entering, '--name', 'Third')).rejects.toThrow(FederationError)
  })

  test('goes on with the same ledger after Ctrl-C', async () => {
    const before = await command('status', '--directory', venueOf(federation).directory)
    const ended = exitOf(federation.child)
    federation.child.kill('SIGINT')
    expect(await ended).toBe(0)
    expect(pidsOf(federation.started).filter(isAlive)).toEqual([])
    const { placeId, apiKey } = venueOf(federation)
    federation = await start()
    expect(venueOf(federation)).toMatchObject({ placeId, apiKey })
    const after = await command('status', '--directory', venueOf(federation).directory)
    expect(Number(after['height'])).toBeGreaterThanOrEqual(Number(before['height']))
    expect(after['network']).toBe(before['network'])
  })

  test('leaves no process behind when it is killed itself', async () => {
    const pids = pidsOf(federation.started)
    federation.child.kill('SIGKILL')
    await expect.poll(() => pids.filter(isAlive), { timeout: 20_000 }).toEqual([])
  })
})
