import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { Key, type NetworkId, PlaceId } from '#protocol/id.ts'
import { PeerId } from '#protocol/transaction/kinds/peer-id.ts'
import { TimeMs } from '#protocol/transaction/kinds/terms.ts'
import { writeDurably } from '../keys/durable-file.ts'
import { invitedPeerOf } from '../network/identity.ts'
import type { PeerName } from '../network/network-port.ts'
import {
  INVITATION_FILE_BYTES_MAX,
  INVITATION_SECRET_BYTES,
  INVITATIONS_MAX,
  SPENT_ANSWERS_MS,
} from './limits.ts'

/**
 * One invitation as it is kept. The secret is not: `peer` is the public identity that only its
 * holder can prove (a one-way image of the secret). `placeKey`: the first place that used it, and
 * the only one that can; `welcome`: what that place was told once it was registered.
 */
const Invitation = z.strictObject({
  peer: PeerId,
  expiresAtMs: TimeMs,
  placeKey: Key.optional(),
  welcome: z.strictObject({ place: PlaceId, height: z.int().min(1), atMs: TimeMs }).optional(),
})
export type Invitation = z.infer<typeof Invitation>
export type Welcome = NonNullable<Invitation['welcome']>

const InvitationFile = z.strictObject({
  format: z.literal('kermesse-invitations/1'),
  invitations: z.array(Invitation).max(INVITATIONS_MAX),
})

export type InvitationCode =
  | 'invitation_unknown'
  | 'invitation_expired'
  | 'invitation_spent'
  | 'invitations_exhausted'

export type Claimed =
  | { readonly ok: true; readonly welcome: Welcome | undefined }
  | { readonly ok: false; readonly code: InvitationCode }

export type InvitationStoreOptions = {
  readonly file: string
  readonly networkId: NetworkId
  readonly wallMs: () => number
  /** Called after every change of `admitted()`: the network's gate must hear of it. */
  readonly onChange: () => void
}

/**
 * The invitations of one authority: single-use, expiring, on disk before anything is answered. A
 * failed write is thrown as it is; memory then still holds what the disk does.
 */
export class InvitationStore {
  readonly #options: InvitationStoreOptions
  #invitations: readonly Invitation[]
  /** Writes take turns: each starts from what the one before left. */
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(options: InvitationStoreOptions, invitations: readonly Invitation[]) {
    this.#options = options
    this.#invitations = invitations
  }

  static async open(options: InvitationStoreOptions): Promise<InvitationStore> {
    return new InvitationStore(options, await readInvitations(options.file))
  }

  /** Who may connect to ask: holders of open invitations, and of those spent minutes ago. */
  admitted(): readonly PeerName[] {
    return this.#live().map(({ peer }) => peer)
  }

  list(): readonly Invitation[] {
    return this.#live()
  }

  /** A new secret, told once; undefined when too many invitations are open. */
  create(lifeMs: number): Promise<{ secret: Uint8Array; expiresAtMs: number } | undefined> {
    return this.#inTurn(async () => {
      const live = this.#live()
      if (live.length >= INVITATIONS_MAX) return undefined
      const secret = new Uint8Array(randomBytes(INVITATION_SECRET_BYTES))
      const peer = invitedPeerOf(this.#options.networkId, secret)
      const expiresAtMs = this.#options.wallMs() + lifeMs
      await this.#replace([...live, { peer, expiresAtMs }])
      return { secret, expiresAtMs }
    })
  }

  /** Binds the invitation to the first place that uses it, durably. */
  claim(peer: PeerName, placeKey: Key): Promise<Claimed> {
    return this.#inTurn(async () => {
      const found = this.#invitations.find((each) => each.peer === peer)
      if (found === undefined) return { ok: false, code: 'invitation_unknown' } as const
      if (found.placeKey !== undefined && found.placeKey !== placeKey) {
        return { ok: false, code: 'invitation_spent' } as const
      }
      if (!this.#isLive(found)) return { ok: false, code: 'invitation_expired' } as const
      if (found.placeKey === undefined) await this.#change({ ...found, placeKey })
      return { ok: true, welcome: found.welcome } as const
    })
  }

  /** The place is registered: from now on its holder only hears this answer again. */
  spend(peer: PeerName, welcome: Omit<Welcome, 'atMs'>): Promise<void> {
    return this.#inTurn(async () => {
      const found = this.#invitations.find((each) => each.peer === peer)
      if (found === undefined || found.welcome !== undefined) return
      await this.#change({ ...found, welcome: { ...welcome, atMs: this.#options.wallMs() } })
    })
  }

  #live(): readonly Invitation[] {
    return this.#invitations.filter((each) => this.#isLive(each))
  }

  #isLive({ expiresAtMs, welcome }: Invitation): boolean {
    const nowMs = this.#options.wallMs()
    return nowMs < (welcome === undefined ? expiresAtMs : welcome.atMs + SPENT_ANSWERS_MS)
  }

  #change(changed: Invitation): Promise<void> {
    return this.#replace(
      this.#invitations.map((each) => (each.peer === changed.peer ? changed : each)),
    )
  }

  async #replace(invitations: readonly Invitation[]): Promise<void> {
    await writeDurably(
      this.#options.file,
      `${JSON.stringify({ format: 'kermesse-invitations/1', invitations }, null, 2)}\n`,
    )
    this.#invitations = invitations
    this.#options.onChange()
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    // The next one waits for this one, whether or not it failed.
    this.#turn = done.catch(() => undefined)
    return done
  }
}

/** The file of invitations is not one; it can be deleted, which ends all open invitations. */
export class InvitationFileError extends Error {
  override readonly name = 'InvitationFileError'
  readonly code = 'invitations_damaged'
}

const readInvitations = async (file: string): Promise<readonly Invitation[]> => {
  const bytes = await readFile(file).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw cause
  })
  if (bytes === undefined) return []
  const parsed = InvitationFile.safeParse(jsonOf(bytes))
  if (parsed.success) return parsed.data.invitations
  throw new InvitationFileError(
    `${file} does not hold invitations; delete it and invite again: open invitations are lost`,
  )
}

const jsonOf = (bytes: Uint8Array): unknown => {
  if (bytes.length > INVITATION_FILE_BYTES_MAX) return undefined
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    // The same answer as for JSON of another form.
    return undefined
  }
}
