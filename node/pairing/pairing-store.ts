import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { PairingCode } from '#api/ports/pairing.ts'
import { Hash } from '#protocol/hash.ts'
import { GrantId, Key } from '#protocol/id.ts'
import { GrantIssue } from '#protocol/transaction/kinds/grant.ts'
import { Label, TimeMs } from '#protocol/transaction/kinds/terms.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { writeDurably } from '../keys/durable-file.ts'
import {
  PAIRING_ANSWERS_MS,
  PAIRING_FILE_BYTES_MAX,
  PAIRING_LIFE_MS,
  PAIRINGS_MAX,
} from './limits.ts'
import { newPairingCode, pairingHashOf } from './pairing-code.ts'

/** What the till that uses a code may do. */
export const PairingTerms = z.strictObject({
  till: Label,
  actions: GrantIssue.shape.actions,
  assets: GrantIssue.shape.assets,
  caps: GrantIssue.shape.caps,
  notAfterMs: TimeMs.optional(),
})
export type PairingTerms = z.infer<typeof PairingTerms>

/**
 * One code as it is kept: its hash. `claimed`: the key that used it first, which is the only one that
 * can, and the payment id under which it gets its grant; `grant`: that grant, once it is final.
 */
const Pairing = z.strictObject({
  codeHash: Hash,
  terms: PairingTerms,
  expiresAtMs: TimeMs,
  claimed: z.strictObject({ key: Key, id: PaymentId, atMs: TimeMs }).optional(),
  grant: GrantId.optional(),
})
export type Pairing = z.infer<typeof Pairing>
export type ClaimedPairing = Pairing & { readonly claimed: NonNullable<Pairing['claimed']> }

const PairingFile = z.strictObject({
  format: z.literal('kermesse-pairings/1'),
  pairings: z.array(Pairing).max(PAIRINGS_MAX),
})

export type PairingClaim =
  | { readonly ok: true; readonly pairing: ClaimedPairing }
  | { readonly ok: false; readonly code: PairingCode }

export type PairingStoreOptions = {
  readonly file: string
  readonly wallMs: () => number
  readonly newId: () => PaymentId
}

/**
 * The one-time codes of one venue: hashed, expiring, on disk before anything is answered. A failed
 * write is thrown as it is; memory then still holds what the disk does.
 */
export class PairingStore {
  readonly #options: PairingStoreOptions
  #pairings: readonly Pairing[]
  /** Writes take turns: each starts from what the one before left. */
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(options: PairingStoreOptions, pairings: readonly Pairing[]) {
    this.#options = options
    this.#pairings = pairings
  }

  static async open(options: PairingStoreOptions): Promise<PairingStore> {
    return new PairingStore(options, await readPairings(options.file))
  }

  /** A new code, told once; undefined when too many are remembered. */
  create(
    terms: PairingTerms,
  ): Promise<{ readonly code: string; readonly expiresAtMs: number } | undefined> {
    return this.#inTurn(async () => {
      const live = this.#live()
      if (live.length >= PAIRINGS_MAX) return undefined
      const code = newPairingCode()
      const codeHash = pairingHashOf(code)
      if (codeHash === undefined) throw new Error('a pairing code that is none')
      const expiresAtMs = this.#options.wallMs() + PAIRING_LIFE_MS
      await this.#replace([...live, { codeHash, terms, expiresAtMs }])
      return { code, expiresAtMs }
    })
  }

  /** Binds a code to the first key that uses it, durably. */
  claim(code: string, key: Key): Promise<PairingClaim> {
    return this.#inTurn(async (): Promise<PairingClaim> => {
      const codeHash = pairingHashOf(code)
      const found = this.#pairings.find((each) => each.codeHash === codeHash)
      if (found === undefined) return { ok: false, code: 'pairing_unknown' }
      const { claimed } = found
      if (claimed !== undefined && claimed.key !== key) return { ok: false, code: 'pairing_spent' }
      if (!this.#isLive(found)) return { ok: false, code: 'pairing_expired' }
      if (claimed !== undefined) return { ok: true, pairing: { ...found, claimed } }
      const { newId, wallMs } = this.#options
      const pairing = { ...found, claimed: { key, id: newId(), atMs: wallMs() } }
      await this.#change(pairing)
      return { ok: true, pairing }
    })
  }

  /** The grant is final: from now on its key only hears of it again. */
  granted({ codeHash }: Pairing, grant: GrantId): Promise<void> {
    return this.#inTurn(async () => {
      const found = this.#pairings.find((each) => each.codeHash === codeHash)
      if (found?.grant === undefined && found !== undefined) await this.#change({ ...found, grant })
    })
  }

  #live(): readonly Pairing[] {
    return this.#pairings.filter((each) => this.#isLive(each))
  }

  #isLive({ expiresAtMs, claimed }: Pairing): boolean {
    const endMs = claimed === undefined ? expiresAtMs : claimed.atMs + PAIRING_ANSWERS_MS
    return this.#options.wallMs() < endMs
  }

  #change(changed: Pairing): Promise<void> {
    return this.#replace(
      this.#pairings.map((each) => (each.codeHash === changed.codeHash ? changed : each)),
    )
  }

  async #replace(pairings: readonly Pairing[]): Promise<void> {
    const text = JSON.stringify({ format: 'kermesse-pairings/1', pairings }, null, 2)
    await writeDurably(this.#options.file, `${text}\n`)
    this.#pairings = pairings
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    // The next one waits for this one, whether or not it failed.
    this.#turn = done.catch(() => undefined)
    return done
  }
}

/** The file of pairings is not one; it can be deleted, which ends all open codes. */
export class PairingFileError extends Error {
  override readonly name = 'PairingFileError'
  readonly code = 'pairings_damaged'
}

const readPairings = async (file: string): Promise<readonly Pairing[]> => {
  const bytes = await readFile(file).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw cause
  })
  if (bytes === undefined) return []
  const parsed = PairingFile.safeParse(jsonOf(bytes))
  if (parsed.success) return parsed.data.pairings
  throw new PairingFileError(
    `${file} does not hold pairings; delete it and pair again: open codes are lost`,
  )
}

const jsonOf = (bytes: Uint8Array): unknown => {
  if (bytes.length > PAIRING_FILE_BYTES_MAX) return undefined
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    // The same answer as for JSON of another form.
    return undefined
  }
}
