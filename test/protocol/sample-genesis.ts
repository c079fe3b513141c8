import { units } from '#protocol/amount.ts'
import { DEFAULT_PARAMETERS, type Genesis } from '#protocol/genesis.ts'
import { encodeId, type Key } from '#protocol/id.ts'
import { peerIdOfKeyBytes } from '#protocol/transaction/kinds/peer-id.ts'
import { publicKeyOf } from '#signature'

/** The public key whose seed is one byte, repeated. */
export const keyOfByte = (byte: number): Key => encodeId('key', keyBytesOfByte(byte))

export const peerIdOfByte = (byte: number): string => peerIdOfKeyBytes(keyBytesOfByte(byte))

const keyBytesOfByte = (byte: number): Uint8Array => publicKeyOf(new Uint8Array(32).fill(byte))

const caps = { charge: units(3000), day: units(6000) }
const cardLimits = { weak: caps, secret: caps }

/** Four authorities, a federation with its euro, and one fixed asset. */
export const SAMPLE_GENESIS: Genesis = {
  format: 'kermesse-genesis/1',
  name: 'Fête du quartier',
  startTimeMs: 1_750_000_000_000,
  ver: 1,
  parameters: DEFAULT_PARAMETERS,
  authorities: [1, 2, 3, 4].map((number) => ({
    name: `authority-${number}`,
    consensusKey: keyOfByte(number),
    operatorKey: keyOfByte(10 + number),
    peerId: peerIdOfByte(20 + number),
    addresses: [`/ip4/127.0.0.1/tcp/${4200 + number}`],
  })),
  federation: {
    name: 'Riverside',
    admins: [keyOfByte(11)],
    asset: {
      code: 'EUR',
      name: 'Euro of Riverside',
      unit: 'EUR',
      scale: 2,
      cap: units(100_000_000),
      transferable: true,
      cardLimits,
      gateway: keyOfByte(31),
    },
  },
  fixedAssets: [
    {
      code: 'SHARE',
      name: 'Shares of the hall',
      unit: 'point',
      scale: 0,
      supply: units(100_000),
      owner: keyOfByte(32),
      transferable: true,
      cardLimits,
    },
  ],
}
