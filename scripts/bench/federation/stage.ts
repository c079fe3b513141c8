import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { signerOfSeed, type TillSigner } from '#api/client/signer.ts'
import { loadGenesis } from '#config/genesis-file.ts'
import { commandWhenReady } from '../../federation/command.ts'
import { FederationError } from '../../federation/federation-error.ts'
import { type LocalFederation, startFederation } from '../../federation/local-federation.ts'
import type { FestivalCard } from '../../festival/cards.ts'
import { prepareEvening } from '../../festival/prepare.ts'

/** Where a load is played: real processes, funded cards, and tills with keys of their own. */
export type Stage = {
  readonly federation: LocalFederation
  readonly apiUrl: string
  readonly placeId: string
  readonly network: string
  /** Cards without a secret: a sale needs the till's signature alone. */
  readonly weakCards: readonly string[]
  /** A sale needs the card's signature too. */
  readonly secretCards: readonly string[]
  readonly signers: readonly TillSigner[]
}

export type StageOptions = {
  readonly directory: string
  readonly authorities: number
  /** Cards of each of the two kinds. */
  readonly cards: number
  readonly tell: (line: string) => void
  readonly environmentOf?: (name: string) => Readonly<Record<string, string>>
}

/**
 * Keys that sell at once. The mempool holds so many thousand of one signer and place, so a load of one
 * key would measure that bound.
 */
const SIGNERS = 16

/** Founds a federation of one venue by the ordinary commands, and opens its bar. */
export const openStage = async (options: StageOptions): Promise<Stage> => {
  const { directory, authorities, cards, tell, environmentOf } = options
  const federation = await startFederation({
    ...{ directory, authorities, venues: 1, ports: 'free', log: 'warn', onProgress: tell },
    ...(environmentOf !== undefined && { environmentOf }),
  })
  try {
    const evening = await prepareEvening(
      federation,
      { wallets: 2 * cards, tills: 2, inFlight: 8 },
      tell,
    )
    for (const { till } of evening.counters) till.client.close()
    const [venue] = federation.venues()
    if (venue === undefined) throw new FederationError('a stage needs a venue')
    const { apiUrl, placeId, directory: folder } = venue
    const network = networkOf(federation.genesisFile)
    const signers: TillSigner[] = []
    for (let index = 0; index < SIGNERS; index += 1) {
      signers.push(await grantedSigner(folder, { network, place: placeId }))
    }
    const all = evening.cards.flat()
    return {
      ...{ federation, apiUrl, placeId, network, signers },
      weakCards: idsOf(all, 'tag'),
      secretCards: secretsOf(all),
    }
  } catch (error) {
    await federation.stop()
    throw error
  }
}

const idsOf = (cards: readonly FestivalCard[], face: 'tag' | 'secret'): readonly string[] =>
  cards.filter((card) => face in card.face).map(({ id }) => id)

const secretsOf = (cards: readonly FestivalCard[]): readonly string[] =>
  cards.flatMap(({ face }) => ('secret' in face ? [face.secret] : []))

const networkOf = (genesisFile: string): string => {
  const loaded = loadGenesis(genesisFile)
  if (!loaded.ok) throw new FederationError(`${genesisFile} is no genesis`)
  return loaded.networkId
}

const Granted = z.object({ grant: z.string() })

const grantedSigner = async (
  directory: string,
  acting: Pick<TillSigner, 'network' | 'place'>,
): Promise<TillSigner> => {
  const seed = randomBytes(32)
  const { key } = signerOfSeed(seed, acting)
  const issued = await commandWhenReady(
    ...['grant', 'issue', '--directory', directory, '--to', key, '--action', 'sale'],
  )
  return signerOfSeed(seed, { ...acting, grant: Granted.parse(issued).grant })
}
