import { randomBytes, scrypt } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { z } from 'zod'
import { utf8 } from '#protocol/bytes.ts'
import { decodeBase64url, encodeBase64url } from '#text-encoding'
import { writeDurably } from './durable-file.ts'

/** scrypt cost (RFC 7914): 2^15 blocks of 1 KiB take about 100 ms and 32 MiB, once at start. */
const SCRYPT = { N: 32_768, r: 8, p: 1, maxmem: 64 * 1_024 * 1_024 } as const
const SALT_BYTES = 16
const NONCE_BYTES = 24
const KEY_STORE_BYTES_MAX = 1_048_576
/** Secrets in one store: keys of tills are the many. */
const SECRETS_MAX = 1_000

const Entry = z.strictObject({ nonce: z.string(), box: z.string() })
const KeyStoreFile = z.strictObject({
  format: z.literal('kermesse-keys/1'),
  kdf: z.strictObject({
    name: z.literal('scrypt'),
    N: z.literal(SCRYPT.N),
    r: z.literal(SCRYPT.r),
    p: z.literal(SCRYPT.p),
    salt: z.string(),
  }),
  /** Proves the passphrase, and that an empty store was not swapped in for a full one. */
  names: Entry,
  secrets: z.record(z.string(), Entry),
})
type KeyStoreFile = z.infer<typeof KeyStoreFile>

export type KeyStoreCode =
  | 'key_store_missing'
  | 'key_store_unreadable'
  | 'key_store_damaged'
  | 'passphrase_wrong'
  | 'key_store_full'

/** The store could not be opened or written; `message` says what to do. */
export class KeyStoreError extends Error {
  override readonly name = 'KeyStoreError'
  readonly code: KeyStoreCode

  constructor(code: KeyStoreCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/**
 * The secrets of one node by name, each 1 to 64 bytes, encrypted at rest with XChaCha20-Poly1305
 * under a key that scrypt makes of the passphrase. A secret's name is authenticated with it.
 */
export class KeyStore {
  readonly #file: string
  readonly #key: Uint8Array
  readonly #salt: Uint8Array
  /** What is on disk: nothing can be used before it is. */
  #secrets: ReadonlyMap<string, Uint8Array>
  /** Changes take turns: each starts from what the one before left on disk. */
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(
    file: string,
    keyed: { readonly key: Uint8Array; readonly salt: Uint8Array },
    secrets: ReadonlyMap<string, Uint8Array>,
  ) {
    this.#file = file
    this.#key = keyed.key
    this.#salt = keyed.salt
    this.#secrets = secrets
  }

  /** A new, empty store; it is on disk with the first `put`. */
  static async create(file: string, passphrase: string): Promise<KeyStore> {
    const salt = randomBytes(SALT_BYTES)
    return new KeyStore(file, { key: await deriveKey(passphrase, salt), salt }, new Map())
  }

  static async open(file: string, passphrase: string): Promise<KeyStore> {
    const stored = await readStore(file)
    const salt = bytesOf(stored.kdf.salt, file)
    const key = await deriveKey(passphrase, salt)
    const names = unseal(key, 'names', stored.names)
    if (names === undefined) {
      throw new KeyStoreError('passphrase_wrong', `the passphrase does not open ${file}`)
    }
    const secrets = new Map<string, Uint8Array>()
    for (const [name, entry] of Object.entries(stored.secrets)) {
      const secret = unseal(key, `secret/${name}`, entry)
      if (secret === undefined) throw damaged(file, `secret ${name} does not decrypt`)
      secrets.set(name, secret)
    }
    if (namesOf(secrets) !== Buffer.from(names).toString())
      throw damaged(file, 'secrets are missing')
    return new KeyStore(file, { key, salt }, secrets)
  }

  get(name: string): Uint8Array | undefined {
    return this.#secrets.get(name)
  }

  names(): readonly string[] {
    return [...this.#secrets.keys()]
  }

  /** Adds or replaces secrets; they are on disk, and can be had, when this resolves. */
  put(secrets: Readonly<Record<string, Uint8Array>>): Promise<void> {
    return this.#inTurn(() => this.#replace(secrets))
  }

  /** Adds a secret unless there is one of that name; gives the one that is kept. */
  keep(name: string, secret: Uint8Array): Promise<Uint8Array> {
    return this.#inTurn(async () => {
      const known = this.#secrets.get(name)
      if (known === undefined) await this.#replace({ [name]: secret })
      return known ?? secret
    })
  }

  async #replace(changed: Readonly<Record<string, Uint8Array>>): Promise<void> {
    const secrets = new Map([...this.#secrets, ...Object.entries(changed)])
    if (secrets.size > SECRETS_MAX) {
      throw new KeyStoreError('key_store_full', `a key store holds ${SECRETS_MAX} secrets`)
    }
    await writeDurably(this.#file, `${JSON.stringify(this.#sealed(secrets), null, 2)}\n`)
    this.#secrets = secrets
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(change)
    // The next one waits for this one, whether or not it failed.
    this.#turn = done.catch(() => undefined)
    return done
  }

  #sealed(secrets: ReadonlyMap<string, Uint8Array>): KeyStoreFile {
    return {
      format: 'kermesse-keys/1',
      kdf: {
        name: 'scrypt',
        N: SCRYPT.N,
        r: SCRYPT.r,
        p: SCRYPT.p,
        salt: encodeBase64url(this.#salt),
      },
      names: seal(this.#key, 'names', utf8(namesOf(secrets))),
      secrets: Object.fromEntries(
        [...secrets].map(([name, secret]) => [name, seal(this.#key, `secret/${name}`, secret)]),
      ),
    }
  }
}

const namesOf = (secrets: ReadonlyMap<string, unknown>): string =>
  [...secrets.keys()].toSorted().join('\n')

const damaged = (file: string, what: string): KeyStoreError =>
  new KeyStoreError('key_store_damaged', `${file}: ${what}; restore it from a backup`)

const deriveKey = (passphrase: string, salt: Uint8Array): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), salt, 32, SCRYPT, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })

const seal = (key: Uint8Array, label: string, secret: Uint8Array): z.infer<typeof Entry> => {
  const nonce = randomBytes(NONCE_BYTES)
  const box = xchacha20poly1305(key, nonce, utf8(label)).encrypt(secret)
  return { nonce: encodeBase64url(nonce), box: encodeBase64url(box) }
}

const unseal = (
  key: Uint8Array,
  label: string,
  { nonce, box }: z.infer<typeof Entry>,
): Uint8Array | undefined => {
  const [nonceBytes, boxBytes] = [decodeBase64url(nonce), decodeBase64url(box)]
  if (nonceBytes?.length !== NONCE_BYTES || boxBytes === undefined) return undefined
  try {
    return xchacha20poly1305(key, nonceBytes, utf8(label)).decrypt(boxBytes)
  } catch {
    // The only failure of decryption is a wrong tag: another key, or altered bytes.
    return undefined
  }
}

const bytesOf = (text: string, file: string): Uint8Array => {
  const bytes = decodeBase64url(text)
  if (bytes === undefined) throw damaged(file, 'not base64url')
  return bytes
}

const readStore = async (file: string): Promise<KeyStoreFile> => {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw unreadable(file, cause)
  })
  const parsed = KeyStoreFile.safeParse(parseJson(text, file))
  if (!parsed.success) throw damaged(file, 'not a key store')
  return parsed.data
}

const unreadable = (file: string, cause: unknown): KeyStoreError =>
  cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    ? new KeyStoreError('key_store_missing', `no key store at ${file}; run: kermesse init`, {
        cause,
      })
    : new KeyStoreError('key_store_unreadable', `${file} cannot be read by this user`, { cause })

const parseJson = (text: string, file: string): unknown => {
  if (text.length > KEY_STORE_BYTES_MAX) throw damaged(file, 'too large')
  try {
    return JSON.parse(text)
  } catch {
    throw damaged(file, 'not JSON')
  }
}
