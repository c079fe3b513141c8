import { constants, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { promised } from '#node/storage/completion.ts'
import { DataDirectory } from '#node/storage/data-directory.ts'
import type { FilePort } from '#node/storage/file-port.ts'
import { createNodeDirectory } from '#node/storage/node-files.ts'
import type { Block } from '#protocol/chain/block.ts'
import { encodeId, type NetworkId } from '#protocol/id.ts'
import { certificateOf, createChain, PLACE, paymentId } from './machine.ts'
import { thrownCode, voteIn } from './records.ts'

const OURS = encodeId('net', new Uint8Array(32).fill(1))
const THEIRS = encodeId('net', new Uint8Array(32).fill(2))
const SEGMENTS = { journal: 65_536, blocks: 65_536 }

const made: string[] = []
const newDirectory = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'kermesse-storage-'))
  made.push(path)
  return path
}
afterEach(async () => {
  for (const path of made.splice(0)) await rm(path, { recursive: true })
})

const open = (path: string, network: NetworkId = OURS): Promise<DataDirectory> =>
  DataDirectory.open({ path: join(path, 'data'), network, segments: SEGMENTS })

const openCode = async (path: string, network?: NetworkId): Promise<string> => {
  try {
    await using directory = await open(path, network)
    return directory.path === '' ? 'nowhere' : 'ok'
  } catch (cause) {
    return thrownCode(cause)
  }
}

/** Settles when a storage call is done. */
const done = (act: (done: (error?: Error) => void) => void): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  act((error) => (error === undefined ? resolve() : reject(error)))
  return promise
}

describe('a data directory', () => {
  test('gives back after a restart what was written before', async () => {
    const path = await newDirectory()
    const chain = createChain()
    const [first, second] = [chain.next(), chain.next()]
    {
      await using directory = await open(path)
      const { storage } = directory
      await done((end) => storage.chain.begin(chain.genesis, end))
      await done((end) => storage.write({ journal: [voteIn(1)], blocks: [first.block] }, end))
      await done((end) => storage.chain.commit([first], certificateOf(first.block), end))
      await done((end) => storage.write({ journal: [voteIn(2)], blocks: [second.block] }, end))
    }
    await using directory = await open(path)
    const { storage } = directory
    expect(storage.chain.applied()?.height).toBe(1)
    expect(storage.records).toEqual([voteIn(1), voteIn(2)])
    expect(storage.logged.map(({ digest }) => digest)).toEqual([second.block.digest])
    expect(await promised<Block | undefined>((answer) => storage.blockAt(1, answer))).toEqual(
      first.block,
    )
    expect(storage.reader.payment(PLACE, paymentId(1))?.height).toBe(1)
  })

  test('opened twice, the second opening says so and harms nothing', async () => {
    const path = await newDirectory()
    await using directory = await open(path)
    expect(await openCode(path)).toBe('data_directory_in_use')
    await done((end) => directory.storage.write({ journal: [voteIn(1)], blocks: [] }, end))
  })

  test('is free again after it was disposed of', async () => {
    const path = await newDirectory()
    expect([await openCode(path), await openCode(path)]).toEqual(['ok', 'ok'])
  })

  test('of another network is refused, also when it is in use no longer', async () => {
    const path = await newDirectory()
    expect(await openCode(path)).toBe('ok')
    expect(await openCode(path, THEIRS)).toBe('data_directory_foreign')
    expect(await openCode(path)).toBe('ok')
  })

  test.each(['{"format":2,"network":"net1"}', 'no json', ''])(
    'with the marker %j is of a format we do not know',
    async (text) => {
      const path = await newDirectory()
      await openCode(path)
      await writeFile(join(path, 'data', 'kermesse-data.json'), text)
      expect(await openCode(path)).toBe('data_directory_unknown')
    },
  )

  test('of the format before or after ours is refused', async () => {
    const path = await newDirectory()
    await openCode(path)
    const marker = join(path, 'data', 'kermesse-data.json')
    const ours = await readFile(marker, 'utf8')
    expect(ours).toContain('"format":2,')
    for (const other of ['"format":1,', '"format":3,']) {
      await writeFile(marker, ours.replace('"format":2,', other))
      expect(await openCode(path)).toBe('data_directory_unknown')
    }
    await writeFile(marker, ours)
    expect(await openCode(path)).toBe('ok')
  })

  test('without its journal gets a new one', async () => {
    const path = await newDirectory()
    await openCode(path)
    await rm(join(path, 'data', 'journal'), { recursive: true })
    expect(await openCode(path)).toBe('ok')
    expect(await readdir(join(path, 'data', 'journal'))).toEqual(['journal-0', 'journal-1'])
  })

  test('with a damaged database says so', async () => {
    const path = await newDirectory()
    await openCode(path)
    await writeFile(join(path, 'data', 'state', 'CURRENT'), 'MANIFEST-999999\n')
    expect(['state_corrupt', 'io_failed']).toContain(await openCode(path))
  })

  test('can be read by its owner alone', async () => {
    const path = await newDirectory()
    await openCode(path)
    const modeOf = async (...names: string[]): Promise<number> =>
      (await stat(join(path, 'data', ...names))).mode & 0o777
    expect(await modeOf()).toBe(0o700)
    expect(await modeOf('journal')).toBe(0o700)
    expect(await modeOf('journal', 'journal-0')).toBe(0o600)
    expect(await modeOf('blocks', 'blocks-00000000')).toBe(0o600)
    expect(await modeOf('kermesse-data.json')).toBe(0o600)
  })

  test('a path that cannot be a directory is a failure of the disk', async () => {
    const path = await newDirectory()
    await writeFile(join(path, 'data'), 'a file')
    expect(await openCode(path)).toBe('io_failed')
  })
})

const linkOf = (descriptor: string): string | undefined => {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`)
  } catch {
    // The one that listed them is closed again.
    return undefined
  }
}

describe('files of this machine', () => {
  test('are preallocated with zeros, written, synced and read back', async () => {
    const path = await newDirectory()
    const directory = createNodeDirectory(path)
    const file = await promised<FilePort>((answer) =>
      directory.preallocate('log', 3_000_000, answer),
    )
    expect((await readFile(join(path, 'log'))).every((byte) => byte === 0)).toBe(true)
    const bytes = new Uint8Array(100_000).fill(9)
    await done((end) => file.write(1_048_000, bytes, end))
    await done((end) => file.sync(end))
    expect(file.read(1_047_999, 3)).toEqual(Uint8Array.of(0, 9, 9))
    await done((end) => file.close(end))
    expect(directory.list()).toEqual(['log'])
    const part = await promised<Uint8Array>((answer) =>
      directory.read('log', { offset: 1_147_999, length: 2 }, answer),
    )
    expect(part).toEqual(Uint8Array.of(9, 0))
  })

  test('take a durable write through a descriptor that syncs, and give both back', async () => {
    const path = await newDirectory()
    const openOnes = () =>
      readdirSync('/proc/self/fd').filter((each) => linkOf(each) === join(path, 'log'))
    const file = await promised<FilePort>((answer) =>
      createNodeDirectory(path).preallocate('log', 8_192, answer),
    )
    const flags = openOnes().map((each) => readFileSync(`/proc/self/fdinfo/${each}`, 'utf8'))
    const syncing = flags.filter((text) => {
      const [, octal = '0'] = /^flags:\s+(\d+)$/m.exec(text) ?? []
      return (Number.parseInt(octal, 8) & constants.O_DSYNC) !== 0
    })
    expect([flags.length, syncing.length]).toEqual([2, 1])
    await done((end) => file.writeDurably(4_000, new Uint8Array(200).fill(7), end))
    expect(file.read(3_999, 3)).toEqual(Uint8Array.of(0, 7, 7))
    await done((end) => file.close(end))
    expect(openOnes()).toEqual([])
  })

  test('keep what they hold when they are preallocated again', async () => {
    const path = await newDirectory()
    await writeFile(join(path, 'log'), 'held')
    const directory = createNodeDirectory(path)
    const file = await promised<FilePort>((answer) => directory.preallocate('log', 10, answer))
    expect(Buffer.from(file.read(0, 10)).toString('latin1')).toBe('held\0\0\0\0\0\0')
    await done((end) => file.close(end))
  })

  test('that there is no room for are told, and nothing of them is kept open', async () => {
    const path = await newDirectory()
    await symlink('/dev/full', join(path, 'log'))
    const openOnes = () =>
      readdirSync('/proc/self/fd').filter((each) => linkOf(each) === '/dev/full')
    const code = await promised<FilePort>((answer) =>
      createNodeDirectory(path).preallocate('log', 8_192, answer),
    ).then(() => 'ok', thrownCode)
    expect([code, openOnes()]).toEqual(['disk_full', []])
  })

  test('that end early or are missing are a failure of the disk', async () => {
    const path = await newDirectory()
    await writeFile(join(path, 'short'), 'abc')
    const directory = createNodeDirectory(path)
    const readCode = (name: string) =>
      promised<Uint8Array>((answer) => directory.read(name, { offset: 0, length: 9 }, answer)).then(
        () => 'ok',
        thrownCode,
      )
    expect([await readCode('short'), await readCode('missing')]).toEqual(['io_failed', 'io_failed'])
    const file = directory.open('short')
    expect(() => file.read(0, 9)).toThrow('ends before byte 9')
    await done((end) => file.close(end))
  })
})
