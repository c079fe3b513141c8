import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { v7 } from 'uuid'
import { loadGenesis } from '#config/genesis-file.ts'
import { DEVELOPMENT_PASSPHRASE_FILE } from '#node/cli/passphrase.ts'
import { signerOfSeed } from '#node/keys/key-of-seed.ts'
import { KeyStore } from '#node/keys/key-store.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { signTransaction } from '#protocol/transaction/sign.ts'

/** A transaction of a body, under this id or a new one, good for a minute. */
export type KeySigner = (body: TransactionBody, id?: string) => string

const LIFE_S = 60
/** Where a node keeps its keys unless its settings say otherwise. */
const KEYS_FILE = 'keys.json'

/** Signs with a secret that a development node keeps under a name. */
export const signerInFolder = async (
  folder: string,
  { secret, genesisFile }: { readonly secret: string; readonly genesisFile: string },
): Promise<KeySigner> => {
  const passphrase = await readFile(join(folder, DEVELOPMENT_PASSPHRASE_FILE), 'utf8')
  const store = await KeyStore.open(join(folder, KEYS_FILE), passphrase.trim())
  const seed = store.get(secret)
  if (seed === undefined) throw new Error(`no ${secret} in ${folder}`)
  return signerOf(seed, genesisFile)
}

/** Signs with the key of a seed, for the network of a genesis. */
export const signerOf = (seed: Uint8Array, genesisFile: string): KeySigner => {
  const loaded = loadGenesis(genesisFile)
  if (!loaded.ok) throw new Error(`${genesisFile} does not load`)
  const { networkId } = loaded
  const signer = signerOfSeed(seed)
  return (body, id = v7()) =>
    signTransaction({
      networkId,
      ...signer,
      exp: Math.floor(Date.now() / 1_000) + LIFE_S,
      jti: PaymentId.parse(id),
      body,
    })
}
