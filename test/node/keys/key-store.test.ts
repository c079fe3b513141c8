import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { KeyStore } from '#node/keys/key-store.ts'

const PASSPHRASE = 'five words are a passphrase'
const SEED = new Uint8Array(32).map((_, index) => index + 1)

const emptyFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'kermesse-keys-'))
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }))
  return folder
}

const storeWith = async (secrets: Readonly<Record<string, Uint8Array>>): Promise<string> => {
  const file = join(await emptyFolder(), 'keys.json')
  const store = await KeyStore.create(file, PASSPHRASE)
  await store.put(secrets)
  return file
}

/** Changes the JSON of a store as somebody with an editor would. */
const edit = async (file: string, change: (value: Stored) => void): Promise<void> => {
  const value = JSON.parse(await readFile(file, 'utf8'))
  change(value)
  await writeFile(file, JSON.stringify(value))
}
type Stored = { secrets: Record<string, { nonce: string; box: string }> }

describe('a key store', () => {
  test('gives back what was put in, after a restart', async () => {
    const file = await storeWith({ network: SEED })
    const store = await KeyStore.open(file, PASSPHRASE)
    expect(store.names()).toEqual(['network'])
    expect([...(store.get('network') ?? [])]).toEqual([...SEED])
    expect(store.get('place')).toBeUndefined()
  })

  test('opens with the same passphrase in another normal form of Unicode', async () => {
    const file = join(await emptyFolder(), 'keys.json')
    await (await KeyStore.create(file, 'caf\u00e9 au lait')).put({ network: SEED })
    await expect(KeyStore.open(file, 'cafe\u0301 au lait')).resolves.toBeDefined()
  })

  test('holds no secret in the clear, and is readable by its owner alone', async () => {
    const file = await storeWith({ network: SEED })
    const text = await readFile(file, 'utf8')
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      expect(text).not.toContain(Buffer.from(SEED).toString(encoding))
    }
    expect(text).not.toContain(PASSPHRASE)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  test('loses nothing when several secrets are put in at the same time', async () => {
    const file = await storeWith({ network: SEED })
    const store = await KeyStore.open(file, PASSPHRASE)
    const names = Array.from({ length: 20 }, (_, index) => `till/bar-${index}`)
    await Promise.all(names.map((name) => store.put({ [name]: SEED })))
    const reopened = await KeyStore.open(file, PASSPHRASE)
    expect(reopened.names()).toEqual(expect.arrayContaining(names))
    expect(await readdir(join(file, '..'))).toEqual(['keys.json'])
  })

  test('that is full keeps what it has, on disk and in memory', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`till/${index}`, SEED]),
    )
    const file = await storeWith(many)
    const store = await KeyStore.open(file, PASSPHRASE)
    await expect(store.put({ one: SEED })).rejects.toMatchObject({ code: 'key_store_full' })
    expect(store.get('one')).toBeUndefined()
    await store.put({ 'till/0': new Uint8Array(32) })
    expect((await KeyStore.open(file, PASSPHRASE)).names()).toHaveLength(1_000)
  })

  test('gives out no secret that is not on disk', async () => {
    const file = await storeWith({ network: SEED })
    const store = await KeyStore.open(file, PASSPHRASE)
    const putting = store.put({ place: SEED, network: new Uint8Array(32) })
    expect(store.get('place')).toBeUndefined()
    expect(store.get('network')).toEqual(SEED)
    await putting
    expect(store.get('place')).toEqual(SEED)
    await rm(join(file, '..'), { recursive: true })
    await expect(store.put({ operator: SEED })).rejects.toMatchObject({ code: 'ENOENT' })
    expect(store.get('operator')).toBeUndefined()
    expect(store.names()).toEqual(['network', 'place'])
  })

  test('keeps one secret of a name, however many are made at the same time', async () => {
    const file = await storeWith({ network: SEED })
    const store = await KeyStore.open(file, PASSPHRASE)
    const seeds = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte))
    const kept = await Promise.all(seeds.map((seed) => store.keep('till/bar', seed)))
    expect(new Set(kept).size).toBe(1)
    expect((await KeyStore.open(file, PASSPHRASE)).get('till/bar')).toEqual(seeds[0])
  })

  test('is readable by its owner alone, also when a crash left a half-written one', async () => {
    const file = await storeWith({ network: SEED })
    await writeFile(`${file}.new`, 'half', { mode: 0o644 })
    await (await KeyStore.open(file, PASSPHRASE)).put({ place: SEED })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  test('that a write could not replace is as it was', async () => {
    const file = await storeWith({ network: SEED })
    const store = await KeyStore.open(file, PASSPHRASE)
    const before = await readFile(file, 'utf8')
    await rm(join(file, '..'), { recursive: true })
    await expect(store.put({ place: SEED })).rejects.toMatchObject({ code: 'ENOENT' })
    const folder = await emptyFolder()
    await writeFile(join(folder, 'keys.json'), before)
    expect((await KeyStore.open(join(folder, 'keys.json'), PASSPHRASE)).names()).toEqual([
      'network',
    ])
  })
})

describe('a key store does not open', () => {
  test('with another passphrase', async () => {
    const file = await storeWith({ network: SEED })
    await expect(KeyStore.open(file, 'another one')).rejects.toMatchObject({
      code: 'passphrase_wrong',
    })
  })

  test('where there is none', async () => {
    const file = join(await emptyFolder(), 'keys.json')
    await expect(KeyStore.open(file, PASSPHRASE)).rejects.toMatchObject({
      code: 'key_store_missing',
    })
  })

  test.each([
    ['', 'nothing'],
    ['{', 'half a JSON'],
    ['{"format":"kermesse-keys/2"}', 'another format'],
    [`"${'x'.repeat(1_048_577)}"`, 'far too much'],
  ])('when the file holds %j', async (text) => {
    const file = await storeWith({ network: SEED })
    await writeFile(file, text)
    await expect(KeyStore.open(file, PASSPHRASE)).rejects.toMatchObject({
      code: 'key_store_damaged',
    })
  })

  const changes: readonly (readonly [string, (value: Stored) => void])[] = [
    [
      'when a secret was taken out',
      ({ secrets }) => {
        delete secrets['place']
      },
    ],
    [
      'when two secrets were swapped',
      ({ secrets }) => {
        const { network, place } = secrets
        if (network && place) Object.assign(secrets, { network: place, place: network })
      },
    ],
    [
      'when a secret was changed',
      ({ secrets }) => {
        const { place } = secrets
        if (place) place.box = `${place.box.startsWith('A') ? 'B' : 'A'}${place.box.slice(1)}`
      },
    ],
  ]
  test.each(changes)('%s', async (_, change) => {
    const file = await storeWith({ network: SEED, place: new Uint8Array(32).fill(7) })
    await edit(file, change)
    await expect(KeyStore.open(file, PASSPHRASE)).rejects.toMatchObject({
      code: 'key_store_damaged',
    })
  })
})
